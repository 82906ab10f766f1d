package card

import (
	"slices"
	"strings"
	"sync"
)

// What stands in a card in place of text: placeholders that say so, the hints
// of a template, and filling that says nothing.

// templatePhrases are what templates write where text is missing. They are
// placeholders wherever they stand, be it as the text of a link.
var templatePhrases = []string{
	"more information needed", "more info needed", "needs more information", "need more information", "information needed",
	"more information is needed", "more information needed for further recommendations", "more details needed", "needs more info",
	"insert response here",
}

// loosePhrases only say that something is missing when they are all that a
// sentence, a list item, a value or a bracketed note says.
var loosePhrases = []string{
	"more information coming soon", "more details coming soon", "details coming soon", "coming soon", "coming", "soon", "stay tuned",
	"to be added", "to be announced", "to be completed", "to be defined", "to be determined", "to be done", "to be filled",
	"to be filled in", "to be provided", "to be released", "to be updated", "to be written", "will be added", "will be added soon",
	"will be added later", "will be provided", "will be updated", "will be updated soon", "will be released soon", "forthcoming",
	"tbd", "tba", "tbc", "tbu", "todo", "to do", "fixme", "wip", "work in progress", "under construction", "in progress", "pending",
	"n a", "na", "not applicable", "nil", "null", "undefined", "unknown", "not known", "not specified", "unspecified", "not stated", "not provided",
	"not available", "not yet available", "not disclosed yet", "no information", "no information available", "no information provided",
	"no description", "no description available", "no description provided", "information not available", "information unavailable",
	"placeholder", "insert text here", "insert here", "insert description here", "fill in", "fill me in", "fill this in",
	"fill in here", "fill out", "please fill", "please fill in", "add here", "add text here", "add description", "add description here",
	"your text here", "your description here", "your content here", "text here", "description here", "write here", "write me", "write something here",
	"link here", "add link here", "describe here", "edit me", "edit this", "edit this section", "example text", "sample text", "dummy text",
	"model description here", "short description", "model id", "dataset name", "model name", "empty", "none yet", "xxx", "xx", "xxxx",
	"待补充", "待更新", "待完善", "暂无", "敬请期待", "即将推出", "準備中", "未定", "à compléter", "à venir", "por completar", "pendiente", "próximamente", "em breve", "folgt", "noch offen", "da completare", "скоро", "추후 공개", "작성 중",
}

// askingWords open a bracketed note that asks the writer for text: "[Insert
// license]", "[your name]".
var askingWords = []string{"insert", "todo", "tbd", "fill", "describe", "provide", "placeholder", "your", "enter", "specify", "add"}

// hints is the text that templates bring along: what the comments and italics
// of the huggingface_hub 2.4.0 and hub-docs templates ask for, their default
// sentences, and the notices of generators (transformers, datasets). Text of a
// card that repeats it says nothing about the model.
var hints = []string{
	"provide a quick summary of what the model is does",
	"provide a quick summary of the dataset",
	"this modelcard aims to be a base template for new models it has been generated using this raw template",
	"this dataset card aims to be a base template for new datasets it has been generated using this raw template",
	"provide a longer summary of what this model is",
	"provide a longer summary of what this dataset is",
	"provide the basic links for the model",
	"provide the basic links for the dataset",
	"address questions around how the model is intended to be used including the foreseeable users of the model and those affected by the model",
	"address questions around how the dataset is intended to be used",
	"this section is for the model use without fine-tuning or plugging into a larger ecosystem app",
	"this section is for the model use when fine-tuned for a task or when plugged into a larger ecosystem app",
	"this section addresses misuse malicious use and uses that the model will not work well for",
	"this section addresses misuse malicious use and uses that the dataset will not work well for",
	"this section describes suitable use cases for the dataset",
	"this section is meant to convey both technical and sociotechnical limitations",
	"this section is meant to convey recommendations with respect to the bias risk and technical limitations",
	"users both direct and downstream should be made aware of the risks biases and limitations of the model more information needed for further recommendations",
	"users should be made aware of the risks biases and limitations of the dataset more information needed for further recommendations",
	"use the code below to get started with the model",
	"this should link to a dataset card perhaps with a short stub of information on what the training data is all about as well as documentation related to data pre-processing or additional filtering",
	"this should link to a data card perhaps with a short stub of information on what the training data is all about",
	"this relates heavily to the technical specifications content here should link to that section when it is relevant to the training procedure",
	"fp32 fp16 mixed precision bf16 mixed precision bf16 non-mixed precision fp16 non-mixed precision fp8 mixed precision",
	"this section provides information about throughput start end time checkpoint size if relevant etc",
	"this section describes the evaluation protocols and provides the results",
	"this should link to a dataset card if possible",
	"this should link to a data card if possible",
	"these are the things the evaluation is disaggregating by e.g. subpopulations or domains",
	"these are the evaluation metrics being used ideally with a description of why",
	"relevant interpretability work for the model goes here",
	"total emissions in grams of co2eq and additional considerations such as electricity usage go here edit the suggested text below accordingly",
	"carbon emissions can be estimated using the machine learning impact calculator presented in lacoste et al 2019",
	"if there is a paper or blog post introducing the model the apa and bibtex information for that should go in this section",
	"if there is a paper or blog post introducing the dataset the apa and bibtex information for that should go in this section",
	"if relevant include terms and calculations in this section that can help readers understand the model or model card",
	"if relevant include terms and calculations in this section that can help readers understand the dataset or dataset card",
	"this model card has been generated automatically according to the information the trainer had access to you should probably proofread and complete it then remove this comment",
	"this model card has been generated automatically according to the information keras had access to",
	"this is the model card of a transformers model that has been pushed on the hub this model card has been automatically generated",
	"describe the model here what it does what it's used for etc",
	"provide examples of latent issues and potential remediations",
	"describe the data you used to train the model if you initialized it with pre-trained weights add a link to the pre-trained model card or repository with description of the pre-training data",
	"preprocessing hardware used hyperparameters",

	"click to expand", "section overview", "instructions are provided below in italics",
	"provide the model name and a 1-2 sentence summary of what the model is",
	"provide this with links to each section to enable people to easily jump around use the file in other locations with the preserved toc print out the content etc",
	"this section provides basic information about what the model is its current status and where it came from it should be useful for anyone who wants to reference the model",
	"provide basic details about the model this includes the architecture version if it was introduced in a paper if an original implementation is available and the creators any copyright should be attributed here general information about training procedures parameters and important disclaimers can also be mentioned in this section",
	"list and ideally link to the people who built the model",
	"list and ideally link to the funding sources that financially computationally or otherwise supported or enabled this model",
	"list and ideally link to the people organization making the model available online",
	"you can name the type as supervision learning method machine learning type modality",
	"use this field when the system uses or processes natural human language",
	"use this field when the system is a natural language processing system",
	"name and link to the license being used",
	"if this model has another model as its base link to that model here",
	"provide sources for the user to directly see the model and its details additional kinds of resources training logs lessons learned etc belong in the more information section if you include one thing for this section link to the repository",
	"this section addresses questions around how the model is intended to be used in different applied contexts discusses the foreseeable users of the model including those affected by the model and describes uses that are considered out of scope or misuse of the model note this section is not intended to include the license usage details for that link directly to the license",
	"explain how the model can be used without fine-tuning post-processing or plugging into a pipeline provide a code snippet if necessary",
	"list how the model can be used without fine-tuning post-processing or plugging into a pipeline",
	"explain how this model can be used when fine-tuned for a task or when plugged into a larger ecosystem or app provide a code snippet if necessary",
	"list how this model can be used when fine-tuned for a task or when plugged into a larger ecosystem or app",
	"list how the model may foreseeably be misused used in a way it will not work for and address what users ought not do with the model",
	"this section identifies foreseeable harms misunderstandings and technical and sociotechnical limitations it also provides information on warnings and potential mitigations bias risks and limitations can sometimes be inseparable refer to the same issues generally bias and risks are sociotechnical while limitations are technical",
	"what are the known or foreseeable issues stemming from this model",
	"what are recommendations with respect to the foreseeable issues this can include everything from downsample your image to filtering explicit content",
	"this section provides information to describe and replicate training including the training data the speed and size of training elements and the environmental impact of training this relates heavily to the technical specifications as well and content here should link to that section when it is relevant to the training procedure it is useful for people who want to learn more about the model inputs and training footprint it is relevant for anyone who wants to know the basics of what the model is learning",
	"write 1-2 sentences on what the training data is ideally this links to a dataset card for further information links to documentation related to data pre-processing or additional filtering may go here as well as in more information",
	"detail tokenization resizing rewriting depending on the modality etc",
	"detail throughput start end time checkpoint sizes etc",
	"this section describes the evaluation protocols what is being measured in the evaluation and provides the results evaluation ideally has at least two parts with one part looking at quantitative measurement of general performance",
	"evaluation is ideally constructed with factors such as domain and demographic subgroup and metrics such as accuracy which are prioritized in light of foreseeable error contexts and groups target fairness metrics should be decided based on which errors are more likely to be problematic in light of the model use",
	"ideally this links to a dataset card for the testing data", "ideally this links to a dataset card for the evaluation data",
	"what are the foreseeable characteristics that will influence how the model behaves this includes domain and context as well as population subgroups evaluation should ideally be disaggregated across factors in order to uncover disparities in performance",
	"what metrics will be used for evaluation in light of tradeoffs between different errors",
	"results should be based on the factors and metrics defined above",
	"what do the results say this can function as a kind of tl dr for general audiences",
	"this is an experimental section some developers are beginning to add where work on explainability interpretability may go",
	"summarizes the information necessary to calculate environmental impacts such as electricity usage and carbon emissions",
	"this section includes details about the model objective and architecture and the compute infrastructure it is useful for people interested in model development writing this section usually requires the model developer to be directly involved",
	"the developers preferred citation for this model this is often a paper",
	"this section defines common terms and how metrics are calculated",
	"clearly define terms in order to be accessible across audiences",
	"this section provides links to writing on dataset creation technical specifications lessons learned and initial results",
	"this section lists the people who create the model card providing recognition and accountability for the detailed work that goes into its construction",
	"provides a way for people who have updates to the model card suggestions or questions to contact the model card authors",
	"provides a code snippet to show how to use the model",

	"this section provides a description of the dataset fields and additional information about the dataset structure such as criteria used to create the splits relationships between data points etc",
	"motivation for the creation of this dataset",
	"this section describes the source data e.g. news text and headlines social media posts translated sentences",
	"this section describes the data collection and processing process such as data selection criteria filtering and normalization methods tools and libraries used etc",
	"this section describes the data collection process such as data selection criteria filtering methods runtime information tools and libraries etc",
	"this section describes the people or systems who originally created the data it should also include self-reported demographic or identity information for the source data creators if this information is available",
	"if the dataset contains annotations which are not part of the initial data collection use this section to describe them",
	"this section describes the annotation process such as annotation tools used in the process the amount of data annotated annotation guidelines provided to the annotators interannotator statistics annotation validation etc",
	"this section describes the people or systems who created the annotations",
	"state whether the dataset contains data that might be considered personal sensitive or private e.g. data that reveals addresses uniquely identifiable names or aliases racial or ethnic origins sexual orientations religious beliefs political opinions financial or health data etc if efforts were made to anonymize the data describe the anonymization process",
}

// loremWords are the words of the typesetters' filling text; the first ten
// occur in no living language.
var loremWords = []string{
	"lorem", "ipsum", "consectetur", "adipiscing", "eiusmod", "incididunt", "ullamco", "cupidatat", "excepteur", "reprehenderit",
	"dolor", "sit", "amet", "elit", "sed", "do", "tempor", "ut", "et", "labore", "dolore", "magna", "aliqua", "enim", "ad", "minim", "veniam",
	"quis", "nostrud", "exercitation", "laboris", "nisi", "aliquip", "ex", "ea", "commodo", "consequat", "duis", "aute", "irure", "in",
	"voluptate", "velit", "esse", "cillum", "eu", "fugiat", "nulla", "pariatur", "sint", "occaecat", "non", "proident", "sunt", "culpa", "qui",
	"officia", "deserunt", "mollit", "anim", "id", "est", "laborum", "vestibulum", "pellentesque", "vivamus", "curabitur", "praesent", "donec",
}

const loremOnly = 10 // how many of loremWords tell by themselves

// lexicon is everything above, hashed.
type lexicon struct {
	phrases map[uint64]bool // true for those of templates
	asking  map[uint64]bool
	grams   map[uint64]bool // runs of four words of the hints
	short   map[uint64]bool // hints of fewer words
	lorem   map[uint64]bool // true for those that tell by themselves
	jargon  map[uint64]bool // words of section names
	joining map[uint64]bool // functionWords
	denials map[uint64]bool
	denying map[uint64]bool // denyingWords
}

// gram is the length of the runs by which template text is recognised: long
// enough that no sentence of one's own has many of them by chance.
const gram = 4

var dictionary = sync.OnceValue(func() *lexicon {
	d := &lexicon{map[uint64]bool{}, map[uint64]bool{}, map[uint64]bool{}, map[uint64]bool{}, map[uint64]bool{}, map[uint64]bool{}, map[uint64]bool{}, map[uint64]bool{}, map[uint64]bool{}}
	for _, p := range loosePhrases {
		d.phrases[hashRun(hashWords(p))] = false
	}
	for _, p := range templatePhrases {
		d.phrases[hashRun(hashWords(p))] = true
	}
	for _, p := range denials {
		d.denials[hashRun(hashWords(p))] = true
	}
	for _, w := range denyingWords {
		d.denying[hashWords(w)[0]] = true
	}
	for w := range functionWords {
		d.joining[hashWords(w)[0]] = true
	}
	for _, w := range askingWords {
		d.asking[hashWords(w)[0]] = true
	}
	for _, h := range hints {
		hashes := hashWords(h)
		if len(hashes) < gram {
			d.short[hashRun(hashes)] = true
		}
		for i := gram; i <= len(hashes); i++ {
			d.grams[hashRun(hashes[i-gram:i])] = true
		}
	}
	for i, w := range loremWords {
		d.lorem[hashWords(w)[0]] = i < loremOnly
	}
	for _, s := range sectionTable {
		for _, alias := range s.aliases {
			for _, w := range strings.Fields(strings.Trim(alias, "* ")) {
				if !functionWords[w] {
					for _, h := range hashWords(w) {
						d.jargon[h] = true
					}
				}
			}
		}
	}
	return d
})

// functionWords hold English sentences together. A run of section names has
// none of them.
var functionWords = map[string]bool{
	"a": true, "an": true, "and": true, "are": true, "as": true, "at": true, "by": true, "for": true, "from": true, "how": true, "in": true, "is": true, "it": true,
	"of": true, "on": true, "or": true, "that": true, "the": true, "this": true, "to": true, "us": true, "was": true, "what": true, "where": true, "who": true,
	"with": true, "not": true, "should": true, "be": true, "i": true, "me": true, "more": true, "were": true, "used": true, "using": true, "use": true, "during": true, "following": true, "through": true,
}

// isPhrase reports whether words only say that something is missing.
func (d *lexicon) isPhrase(tokens []token) bool {
	_, ok := d.phrases[runOf(tokens)]
	return ok && len(tokens) > 0
}

// isBoilerplate reports whether a sentence is template text: at least four
// fifths of its words stand in runs of four that a template has too.
func (d *lexicon) isBoilerplate(sentence []token) bool {
	n := len(sentence)
	if n < gram {
		return d.short[runOf(sentence)]
	}
	covered, until := 0, 0
	for i := 0; i+gram <= n; i++ {
		if d.grams[runOf(sentence[i:i+gram])] {
			covered += i + gram - max(i, until)
			until = i + gram
		}
	}
	return covered*5 >= n*4
}

func runOf(tokens []token) uint64 {
	run := uint64(hashStart)
	for _, t := range tokens {
		run = mix(run, t.hash)
	}
	return run
}

// isFiller reports whether a sentence only fills space: filling text of the
// typesetters, few words over and over, a row of section names, or a heap of
// words of the trade that nothing joins into a sentence.
func (d *lexicon) isFiller(sentence []token) bool {
	n := len(sentence)
	if n < 3 {
		return false
	}
	lorem, telling, jargon, joined := 0, false, 0, false
	for _, t := range sentence {
		if tells, ok := d.lorem[t.hash]; ok {
			lorem++
			telling = telling || tells
		}
		if d.jargon[t.hash] {
			jargon++
		}
		joined = joined || d.joining[t.hash]
	}
	if telling && lorem*2 >= n {
		return true
	}
	if n >= 12 && jargon*4 >= n*3 {
		return true
	}
	const heap = 15 // words that a list of one's own seldom has without a word to join them
	if n >= heap && jargon*3 >= n && !joined {
		return true
	}
	return isMonotonous(sentence)
}

// isMonotonous reports a sentence of at most a third different words. Running
// text of any language has more in its first sixty words; what follows is not
// looked at.
func isMonotonous(sentence []token) bool {
	const window = 60
	s := sentence[:min(len(sentence), window)]
	worded, different := 0, 0
	for i, t := range s {
		if t.count == 0 || t.end-t.start < 2 {
			continue // numbers and the x between them repeat
		}
		worded++
		if !slices.ContainsFunc(s[:i], func(before token) bool { return before.hash == t.hash }) {
			different++
		}
	}
	return worded >= 3 && different*3 <= worded
}

// StandsIn tells whether a text says nothing of its own: placeholders, words of
// a template, or filling, and no prose besides. It is asked of single values,
// such as those of a manifest; an empty text stands in for nothing.
func StandsIn(text string) bool {
	c := &Card{}
	c.readBody([]byte(text), 1)
	return c.Counts.isStandIn()
}
