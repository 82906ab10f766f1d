package card

import (
	"slices"
	"strings"
	"sync"
)

// sectionName is a section or labelled value that cards have, under the name it
// goes by here.
type sectionName struct {
	name string
	// parent is the section that this one is a part of by its meaning, empty
	// for none. Text under a part counts for the whole.
	parent string
	// aliases are the headings and labels that mean it, as words gives them:
	// folded, without punctuation, numbering or "[optional]". A star at either
	// end stands for any further words.
	aliases []string
}

// sectionTable lists every section that is told apart. It covers the template
// of huggingface_hub 2.4.0 with its labelled bullets, the annotated template of
// hub-docs, the dataset card templates old and new, the Model Card Toolkit and
// the paper behind it (Mitchell et al. 2019), NVIDIA's Model Card++, and the
// headings that published cards use for the same things.
var sectionTable = []sectionName{
	{"summary", "", []string{"summary", "model summary", "tldr", "tl dr", "abstract", "in short", "dataset summary", "at a glance", "highlights", "key highlights"}},
	{"model_details", "", []string{"model details", "details", "model information", "model info", "model overview", "basics", "model at a glance", "general information", "about the model", "about this model", "model profile", "模型信息", "模型详情"}},
	{"model_description", "model_details", []string{"model description", "description", "overview", "introduction", "about", "model introduction", "background", "what is it", "model card description", "short description", "模型介绍", "介绍", "简介", "概述", "モデル概要", "概要"}},
	{"developers", "model_details", []string{"developed by", "developer", "developers", "model developer", "model developers", "model creator", "model creators", "creator", "creators", "created by", "organization developing the model", "organisation developing the model", "organization", "person or organization developing model", "owner", "owners", "model owner", "model owners", "author", "made by", "publisher", "provider", "model provider", "team", "who developed the model"}},
	{"funding", "model_details", []string{"funded by", "funding", "sponsor", "sponsors", "sponsored by", "funding sources", "funding source"}},
	{"model_type", "model_details", []string{"model type", "type of model", "type", "model types", "task", "tasks", "model task", "task type"}},
	{"languages", "model_details", []string{"language", "languages", "languages nlp", "language nlp", "language s", "language s nlp", "supported language", "supported languages", "languages supported", "language support", "natural languages", "input languages", "model languages", "multilingual support", "支持语言", "语言"}},
	{"license_section", "", []string{"license", "licence", "licenses", "licences", "licensing", "licensing information", "license information", "licence information", "model license", "model licence", "terms of use", "license terms of use", "license and terms of use", "license agreement", "terms and conditions", "governing terms", "license details", "许可证", "许可协议", "协议", "ライセンス"}},
	{"base_model_section", "model_details", []string{"finetuned from model", "finetuned from", "fine tuned from model", "fine tuned from", "base model", "base models", "parent model", "original model", "quantized from", "derived from", "source model", "finetune of", "fine tuned model from", "starting model", "initialized from", "backbone", "base architecture", "adapted from", "merged models", "models merged"}},
	{"model_sources", "", []string{"model sources", "sources", "links", "resources", "useful links", "dataset sources", "documents", "paper or resource for more information", "paper or resources for more information", "resources for more information", "other resources", "additional resources", "quick links", "homepage", "project page", "website"}},
	{"uses", "", []string{"uses", "use", "intended use", "intended uses", "intended use case", "intended use cases", "intended usage", "use case", "use cases", "model use", "model uses", "model use cases", "primary use", "primary uses", "primary intended use", "primary intended uses", "applications", "application", "potential uses", "potential use cases", "evaluated use", "model scope", "scope", "purpose", "intended purpose", "intended application", "intended applications", "supported tasks", "supported tasks and leaderboards", "suitable uses", "what is it for", "recommended use", "recommended uses", "用途"}},
	{"direct_use", "uses", []string{"direct use", "direct uses", "in scope use", "in scope uses", "in scope use cases", "acceptable use", "acceptable uses"}},
	{"downstream_use", "uses", []string{"downstream use", "downstream uses", "downstream tasks", "downstream use cases", "downstream applications"}},
	{"out_of_scope_use", "uses", []string{"out of scope use", "out of scope uses", "out of scope", "out of scope use cases", "out of scope use case", "out of scope usage", "out of scope applications", "outofscope use", "outofscope uses", "out of scope uses include", "misuse", "misuses", "malicious use", "misuse and malicious use", "misuse and out of scope use", "misuse malicious use and out of scope use", "prohibited use", "prohibited uses", "prohibited use cases", "use restrictions", "usage restrictions", "restrictions on use", "unintended use", "unintended uses", "non intended uses", "not intended for", "not intended use", "inappropriate uses", "unsuitable uses", "not recommended use", "unacceptable use", "foreseeable misuse", "use cases to avoid", "usage policy", "use policy", "acceptable use policy", "prohibited usage", "when not to use", "what not to use it for", "what it is not for"}},
	{"intended_users", "uses", []string{"intended users", "intended user", "primary intended users", "users", "direct users", "indirect users", "target users", "target audience", "audience", "primary users", "others affected", "others affected parties prenantes", "affected parties", "stakeholders", "who is it for", "who should use this model"}},
	{"limitations", "bias_risks_limitations", []string{"limitations", "limitation", "known limitations", "model limitations", "technical limitations", "other known limitations", "current limitations", "known limits", "limits", "shortcomings", "weaknesses", "failure modes", "known technical limitations", "general limitations", "limitations of the model", "training dataset limitations", "what it cannot do", "局限性", "局限", "限制", "制限事項", "known issues", "caveats", "issues"}},
	{"bias", "bias_risks_limitations", []string{"bias", "biases", "known biases", "discussion of biases", "discussion of bias", "social bias", "social biases", "bias considerations", "fairness", "fairness considerations", "bias and fairness", "bias evaluation", "bias subcard", "potential biases", "model bias", "model biases", "demographic bias", "偏见", "bias analysis", "bias assessment", "bias risks"}},
	{"risks", "bias_risks_limitations", []string{"risks", "risk", "known risks", "potential risks", "risks and harms", "harms", "potential harms", "potential harm", "associated risks", "critical risks", "critical risk", "risk assessment", "safety risks", "critical and other risks", "associated risks and recommendations", "dangers", "风险"}},
	{"recommendations", "bias_risks_limitations", []string{"recommendations", "recommendation", "caveats recommendations", "mitigations", "mitigation", "mitigation strategies", "usage recommendations", "best practices", "recommended practices", "responsible deployment", "responsible release", "建议"}},
	{"ethical_considerations", "bias_risks_limitations", []string{"ethical considerations", "ethical consideration", "ethics", "ethics statement", "ethical statement", "ethical and social considerations", "model ethical considerations", "ethical aspects", "broader impact", "broader impacts", "broader implications", "societal impact", "societal impact assessment", "social impact", "social impact of dataset", "ethical concerns", "ethical risks", "ethical implications"}},
	{"safety", "bias_risks_limitations", []string{"safety", "safety considerations", "safety evaluation", "safeguards", "system level safety", "responsibility and safety", "red teaming", "safety alignment", "model safety", "content safety", "safety and security", "安全性"}},
	{"security", "bias_risks_limitations", []string{"security", "security considerations", "vulnerabilities", "report vulnerabilities", "safety and security subcard", "vulnerability disclosure", "reporting vulnerabilities"}},
	{"privacy", "bias_risks_limitations", []string{"privacy", "privacy considerations", "data privacy", "privacy policy", "personal and sensitive information", "personal data", "privacy subcard", "sensitive data", "pii", "隐私"}},
	{"how_to_use", "", []string{"how to use", "how to use it", "how to use *", "how to get started with the model", "how to get started", "how to get started *", "getting started", "get started", "get started *", "getting started *", "quickstart", "quick start", "quickstart *", "quick start *", "usage", "usage *", "model usage", "example usage", "usage example", "usage examples", "basic usage", "sample usage", "code example", "code examples", "example", "examples", "inference", "inference *", "inference example", "inference examples", "inference code", "sample code", "running the model", "run the model", "how to run", "how to run *", "run locally", "how to run locally", "using the model", "use with *", "using *", "use in *", "run *", "model inference", "deployment", "how to download *", "installation and usage", "try it yourself", "使用方法", "快速开始", "如何使用", "推理", "使い方", "prompt format", "prompt template", "prompt formats", "prompt templates", "chat template", "chat format", "prompting", "prompting format", "instruction format"}},
	{"training", "", []string{"training", "training details", "model training", "training information", "how it was trained", "training overview", "development", "how was it trained", "训练", "训练细节"}},
	{"training_data", "training", []string{"training data", "training dataset", "training datasets", "training set", "training sets", "training corpus", "training corpora", "data", "dataset", "datasets", "pretraining data", "pre training data", "pretraining dataset", "pretraining corpus", "pretraining corpora", "data overview", "training data overview", "finetuning data", "fine tuning data", "fine tuning dataset", "finetuning dataset", "datasets used", "data used", "dataset used", "data sources", "training data sources", "train data", "trained on", "data mix", "data mixture", "training mixture", "data card", "training and validation data", "model data", "post training data", "训练数据", "数据集", "学習データ", "data freshness", "data provenance", "data governance"}},
	{"training_procedure", "training", []string{"training procedure", "training process", "training method", "training methods", "training methodology", "methodology", "training approach", "training recipe", "training strategy", "modeling strategy", "pretraining", "pre training", "finetuning", "fine tuning", "fine tuning procedure", "finetuning procedure", "fine tuning details", "post training", "training setup", "training stack", "training objective", "training steps", "training stages", "optimization", "how the model was trained", "training script", "alignment", "distillation", "merge method", "merge details", "训练过程", "预训练", "training factors"}},
	{"preprocessing", "training_procedure", []string{"preprocessing", "pre processing", "data preprocessing", "data pre processing", "tokenization", "tokenizer", "data processing", "data preparation", "data filtering", "data cleaning", "data curation", "normalization"}},
	{"hyperparameters", "training_procedure", []string{"training hyperparameters", "hyperparameters", "hyper parameters", "hyperparameter", "training parameters", "training configuration", "training config", "training arguments", "finetuning hyperparameters", "fine tuning hyperparameters", "training settings", "hyperparameter settings", "the following hyperparameters were used during training", "optimizer", "超参数"}},
	{"evaluation", "", []string{"evaluation", "evaluations", "evaluation details", "model evaluation", "model performance", "performance", "benchmark", "benchmarks", "evaluated on", "validation", "testing", "quantitative analysis", "quantitative analyses", "quantitative evaluation", "evaluation information", "performance evaluation", "评估", "评测", "性能", "* evaluation", "* evaluations"}},
	{"testing_data", "evaluation", []string{"testing data", "test data", "evaluation data", "evaluation dataset", "evaluation datasets", "testing dataset", "testing datasets", "test dataset", "test set", "test sets", "eval data", "evaluation set", "benchmark datasets", "testing data factors and metrics", "evaluation data sources"}},
	{"factors", "evaluation", []string{"factors", "relevant factors", "evaluation factors", "groups", "subgroups", "instrumentation", "environment factors"}},
	{"metrics", "evaluation", []string{"metrics", "metric", "evaluation metrics", "performance metrics", "model performance measures", "models performance measures", "performance measures", "decision thresholds", "variation approaches", "approaches to uncertainty and variability", "evaluation metric", "指标"}},
	{"results", "evaluation", []string{"results", "result", "evaluation results", "eval results", "benchmark results", "training results", "performance results", "experimental results", "test results", "main results", "validation results", "unitary results", "intersectional results", "results summary", "benchmark scores", "scores", "benchmark performance", "evaluation result", "performance metrics and results", "initial results", "train time evaluation", "评测结果", "实验结果", "* benchmarks", "* results", "* benchmark results", "benchmarks *"}},
	{"environmental_impact", "", []string{"environmental impact", "environmental considerations", "carbon footprint and energy", "environmental cost", "computational load", "environmental costs", "energy consumption", "energy", "estimated energy and emissions", "estimated electricity usage", "training energy use", "training energy", "sustainability", "cumulative compute", "环境影响", "environmental footprint", "energy use", "energy usage"}},
	{"carbon", "environmental_impact", []string{"carbon emitted", "carbon emission", "carbon emissions", "co2 emission", "co2 emissions", "carbon footprint", "estimated emissions", "estimated carbon emissions", "training greenhouse gas emissions", "greenhouse gas emissions", "emissions", "carbon emitted power consumption x time x carbon produced based on location of power grid", "co2 equivalent", "co2eq"}},
	{"architecture_section", "technical_specifications", []string{"model architecture and objective", "model architecture", "architecture", "model structure", "architecture details", "network architecture", "architecture type", "model design", "model architecture details", "model config", "model configuration", "模型架构", "模型结构", "架构"}},
	{"compute_infrastructure", "technical_specifications", []string{"compute infrastructure", "infrastructure", "training infrastructure", "computational infrastructure", "computing infrastructure", "compute", "system requirements", "compute requirements"}},
	{"hardware", "compute_infrastructure", []string{"hardware", "hardware type", "hardware requirements", "training hardware", "hardware used", "gpu", "gpus", "accelerator", "accelerators", "hardware platform", "test hardware", "supported hardware", "supported hardware microarchitecture compatibility", "硬件"}},
	{"software", "compute_infrastructure", []string{"software", "software integration", "frameworks", "framework", "framework versions", "software versions", "training software", "dependencies", "software stack", "libraries", "runtime engine", "requirements", "library"}},
	{"citation", "", []string{"citation", "citations", "citation information", "citation details", "cite", "cite as", "cite us", "cite this model", "how to cite", "citing", "citing *", "bibtex", "apa", "bibtex entry and citation info", "bibtex citation", "reference to cite", "please cite", "bibtex entry", "引用", "引用信息", "cite this work", "citation and related information"}},
	{"glossary", "", []string{"glossary", "glossary and calculations", "definitions", "terminology", "术语表"}},
	{"more_information", "", []string{"more information", "further information", "additional information", "more info", "other details", "additional details", "further reading", "learn more", "more details", "其他信息"}},
	{"authors", "", []string{"model card authors", "model card author", "authors", "dataset card authors", "card authors", "model card writers", "contributors", "contributions", "card creator", "作者"}},
	{"contact", "", []string{"model card contact", "contact", "contacts", "contact us", "contact information", "dataset card contact", "questions", "questions or comments", "feedback", "where to send questions or comments about the model", "where to send questions or comments", "send questions to", "support", "point of contact", "help", "get in touch", "联系我们", "联系方式", "contact person", "contacting us", "who to contact"}},
}

// detailTable lists parts and labels that are told apart so that they are not
// taken for something else, and because claims stand under them.
var detailTable = []sectionName{
	{"shared_by", "model_details", []string{"shared by", "contributed by", "uploaded by", "quantized by"}},
	{"version", "model_details", []string{"version", "versions", "model version", "model versions", "release version", "model variants", "variants", "variations", "available models", "model family", "model versions and variants"}},
	{"release_date", "model_details", []string{"release date", "model date", "model release date", "release date estimate", "date", "released", "release", "release dates", "publication date", "model dates"}},
	{"inputs", "model_details", []string{"input", "inputs", "model input", "model inputs", "input s", "input format", "input types", "input type", "input types s", "input modalities"}},
	{"outputs", "model_details", []string{"output", "outputs", "model output", "model outputs", "output s", "output format", "output type", "output types", "output modalities"}},
	{"parameters", "model_details", []string{"parameters", "params", "number of parameters", "number of params", "num parameters", "num params", "parameter count", "total parameters", "total params", "total parameter count", "total number of parameters", "model parameters", "model size", "size", "parameter size", "no of parameters", "model parameter count", "parameters total", "参数量", "总参数量", "模型参数"}},
	{"active_parameters", "model_details", []string{"active parameters", "active params", "activated parameters", "activated params", "activated parameters per token", "active parameters per token", "number of active parameters", "number of activated parameters", "active parameter count", "parameters activated", "激活参数量"}},
	{"context_length", "model_details", []string{"context length", "context window", "context size", "max context length", "maximum context length", "max sequence length", "maximum sequence length", "sequence length", "max seq length", "context", "max position embeddings", "context window size", "max context", "maximum input length", "max input length", "上下文长度"}},
	{"dtype", "model_details", []string{"dtype", "torch dtype", "data type", "tensor type", "weight dtype", "weights dtype", "precision", "model precision", "weight precision", "weights precision", "tensor types", "weight format", "numerical precision", "model dtype"}},
	{"layers", "architecture_section", []string{"layers", "number of layers", "num layers", "number layers", "n layers", "hidden layers", "number of hidden layers", "num hidden layers", "transformer layers", "number of transformer layers", "n layer"}},
	{"hidden_size", "architecture_section", []string{"hidden size", "hidden dimension", "hidden dimensions", "hidden dim", "d model", "model dimension", "hidden units"}},
	{"vocab_size", "architecture_section", []string{"vocab size", "vocabulary size", "vocabulary", "vocab", "tokenizer vocabulary size", "size of vocabulary"}},
	{"training_tokens", "training_data", []string{"training tokens", "token count", "tokens", "number of training tokens", "trained tokens", "pretraining tokens", "total tokens", "tokens seen"}},
	{"repository", "model_sources", []string{"repository", "repo", "github", "github repository", "code", "source code", "code repository"}},
	{"paper", "model_sources", []string{"paper", "papers", "technical report", "tech report", "publication", "publications", "research paper", "arxiv", "paper link", "related paper", "论文", "技术报告"}},
	{"demo", "model_sources", []string{"demo", "demos", "online demo", "live demo", "space", "playground", "try it", "try it out"}},
	{"bias_risks_limitations", "", []string{"considerations", "considerations for using the data", "responsible ai considerations", "responsible use", "responsible ai"}},
	{"tradeoffs", "bias_risks_limitations", []string{"tradeoffs", "trade offs", "performance tradeoffs"}},
	{"training_regime", "training_procedure", []string{"training regime", "training precision", "mixed precision"}},
	{"speeds_sizes_times", "training_procedure", []string{"speeds sizes times", "speeds sizes and times", "training time", "training duration", "training speed", "throughput", "training times", "inference speed", "latency"}},
	{"model_examination", "", []string{"model examination", "interpretability", "explainability", "explainability subcard", "model analysis", "model interpretability"}},
	{"hours_used", "environmental_impact", []string{"hours used", "gpu hours", "training hours", "compute hours", "total hours", "hours"}},
	{"cloud_provider", "environmental_impact", []string{"cloud provider", "provider of compute", "compute provider"}},
	{"compute_region", "environmental_impact", []string{"compute region", "cloud region", "region", "data center location"}},
	{"technical_specifications", "", []string{"technical specifications", "technical specification", "technical specs", "technical details", "specifications", "specs", "model specifications", "model specification", "implementation information", "implementation details", "技术规格"}},
	{"quantization", "technical_specifications", []string{"quantization", "quantization scheme", "quantization details", "quantization method", "quantized models", "quantisation", "provided files", "precision format", "量化"}},
	{"references", "more_information", []string{"references", "reference", "bibliography", "reference s", "other references", "参考文献"}},
	{"acknowledgements", "", []string{"acknowledgements", "acknowledgments", "acknowledgement", "acknowledgment", "thanks", "credits", "special thanks", "致谢"}},
	{"changelog", "", []string{"changelog", "change log", "changes", "version history", "release notes", "news", "updates", "update", "revision history", "更新日志", "新闻"}},
	{"deployment_geography", "", []string{"deployment geography", "geography", "geographic scope"}},
	{"table_of_contents", "", []string{"table of contents", "contents", "toc", "index", "目录"}},
	{"dataset_description", "training_data", []string{"dataset description", "data description"}},
	{"dataset_structure", "", []string{"dataset structure", "data structure", "data format", "dataset format", "structure"}},
	{"data_instances", "dataset_structure", []string{"data instances", "data instance", "data samples"}},
	{"data_fields", "dataset_structure", []string{"data fields", "fields", "columns"}},
	{"data_splits", "dataset_structure", []string{"data splits", "splits", "data split", "dataset splits", "data splits sample size"}},
	{"dataset_creation", "", []string{"dataset creation", "data creation", "dataset construction", "dataset details"}},
	{"curation_rationale", "dataset_creation", []string{"curation rationale", "motivation", "rationale"}},
	{"source_data", "dataset_creation", []string{"source data", "initial data collection and normalization", "data collection", "data collection and processing", "data collection method", "collection method", "collection process", "source datasets", "initial data collection"}},
	{"data_producers", "source_data", []string{"who are the source language producers", "who are the source data producers", "source language producers"}},
	{"annotations", "dataset_creation", []string{"annotations", "annotation", "annotation process", "labeling method", "labelling method", "annotation guidelines"}},
	{"annotators", "annotations", []string{"who are the annotators", "annotators"}},
	{"curators", "", []string{"dataset curators", "curated by", "curators", "maintainers"}},
}

// SectionNames lists the canonical names of the sections that a card is asked
// for. Section.Name and Section.Also may hold further ones, of details.
var SectionNames = func() []string {
	list := make([]string, len(sectionTable))
	for i, s := range sectionTable {
		list[i] = s.name
	}
	return list
}()

// composites are headings that name several sections without naming each.
var composites = map[string][]string{
	"bias risks and limitations":       {"bias_risks_limitations", "bias", "risks", "limitations"},
	"bias risks limitations":           {"bias_risks_limitations", "bias", "risks", "limitations"},
	"risks limitations and biases":     {"bias_risks_limitations", "bias", "risks", "limitations"},
	"limitations and bias":             {"bias_risks_limitations", "limitations", "bias"},
	"limitations and biases":           {"bias_risks_limitations", "limitations", "bias"},
	"risks and limitations":            {"bias_risks_limitations", "risks", "limitations"},
	"intended uses and limitations":    {"uses", "limitations"},
	"use and limitations":              {"uses", "limitations"},
	"usage and limitations":            {"uses", "limitations"},
	"data and training":                {"training", "training_data"},
	"inference time":                   {"more_information"}, // no way of using it, and no part of its training
	"training and evaluation data":     {"training_data", "testing_data"},
	"training and test data":           {"training_data", "testing_data"},
	"training and testing data":        {"training_data", "testing_data"},
	"safety and security":              {"safety", "security"},
	"safety and security subcard":      {"safety", "security"},
	"caveats and recommendations":      {"bias_risks_limitations", "limitations", "recommendations"},
	"ethics and safety":                {"bias_risks_limitations", "ethical_considerations", "safety"},
	"trust and safety":                 {"bias_risks_limitations", "safety", "risks"},
	"associated risks recommendations": {"risks", "recommendations"},
}

// standsFor lists what a heading of a whole means when there is no heading for
// any part below it: then its text is all that is said of those.
var standsFor = map[string][]string{
	"technical_specifications": {"architecture_section"},
	"bias_risks_limitations":   {"risks", "limitations"},
}

type nameIndex struct {
	exact  map[string][]string
	prefix map[string]string // alias without its star
	suffix map[string]string // the same of one that begins with it
	parent map[string]string
}

var names = sync.OnceValue(func() nameIndex {
	index := nameIndex{map[string][]string{}, map[string]string{}, map[string]string{}, map[string]string{}}
	for _, s := range slices.Concat(sectionTable, detailTable) {
		index.parent[s.name] = s.parent
		for _, alias := range s.aliases {
			if start, star := strings.CutSuffix(alias, " *"); star {
				index.prefix[start] = s.name
			} else if end, star := strings.CutPrefix(alias, "* "); star {
				index.suffix[end] = s.name
			} else {
				index.exact[alias] = []string{s.name}
			}
		}
	}
	for alias, list := range composites {
		index.exact[alias] = list
	}
	return index
})

// canonical returns the names that a heading stands for, the most telling
// first, or nil.
func canonical(heading string) []string {
	if heading == "" || len(heading) > maxHeading {
		return nil
	}
	plain := unnumbered(words(heading))
	if found := lookup(plain); found != nil {
		return found
	}
	if name, ok := names().starred(plain); ok {
		return []string{name}
	}
	return listed(heading, 2)
}

// labelName returns the names that a label stands for. Labels are asked more
// of than headings: they begin any list item. What stands in parentheses at
// the end may be left out.
func labelName(label []byte) []string {
	s := string(label)
	if s == "" || len(s) > maxHeading {
		return nil
	}
	if found := lookup(words(s)); found != nil {
		return found
	}
	if n := strings.IndexByte(s, '('); n > 2 {
		return labelName(label[:n])
	}
	return listed(s, 1)
}

const maxHeading = 200 // no title of a section is longer

// unnumbered drops leading chapter numbers such as "1", "6 1" or "iv".
func unnumbered(s string) string {
	for {
		first, rest, more := strings.Cut(s, " ")
		if !more || !isNumbering(first) {
			return s
		}
		s = rest
	}
}

func isNumbering(s string) bool {
	if len(s) > 4 {
		return false
	}
	return strings.Trim(s, "0123456789") == "" || strings.Trim(s, "ivx") == ""
}

// lookup finds a folded heading, also without the words that only say what it
// is all about.
func lookup(plain string) []string {
	index := names()
	for range 3 {
		if found, ok := index.exact[plain]; ok {
			return found
		}
		shorter := stripped(plain)
		if shorter == plain {
			return nil
		}
		plain = shorter
	}
	return nil
}

// starred finds an alias with a star that plain begins or ends with.
func (index nameIndex) starred(plain string) (string, bool) {
	for i := 0; i < len(plain); i++ {
		if plain[i] == ' ' {
			if name, ok := index.prefix[plain[:i]]; ok {
				return name, true
			}
			if name, ok := index.suffix[plain[i+1:]]; ok {
				return name, true
			}
		}
	}
	return "", false
}

// stripped takes one empty word off either end of a folded heading, such as
// the "[optional]" of the template.
func stripped(plain string) string {
	for _, end := range []string{" optional", " of the model", " of this model", " of the models", " for the model", " of model", " section", " information", " details", " overview", " statement", " notes", " include", " of the dataset", " of this dataset"} {
		if s, ok := strings.CutSuffix(plain, end); ok {
			return s
		}
	}
	for _, start := range []string{"the ", "this ", "our ", "about ", "known ", "model ", "models ", "potential ", "primary ", "general ", "other ", "additional ", "important ", "dataset "} {
		if s, ok := strings.CutPrefix(plain, start); ok {
			return s
		}
	}
	return plain
}

var separators = strings.NewReplacer(" and ", "\x00", " And ", "\x00", " AND ", "\x00", "&amp;", "\x00", "&", "\x00", ",", "\x00", "/", "\x00", "+", "\x00", " or ", "\x00", ";", "\x00", "|", "\x00")

// listed reads a heading as a list of headings: "Uses & Limitations". At least
// one in share of its parts has to be known.
func listed(heading string, share int) []string {
	var found []string
	parts := strings.Split(separators.Replace(heading), "\x00")
	if len(parts) < 2 || len(parts) > 6 {
		return nil
	}
	known := 0
	for _, part := range parts {
		list := lookup(unnumbered(words(part)))
		if list != nil {
			known++
		}
		for _, name := range list {
			if !slices.Contains(found, name) {
				found = append(found, name)
			}
		}
	}
	if known*share < len(parts) {
		return nil
	}
	return found
}
