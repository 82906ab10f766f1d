package collect

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
)

// program is a source file as far as it does something.
type program struct {
	file  *File
	code  []byte  // without comments and documentation; see [statementsOf]
	calls lowered // that with every text literal emptied: what is printed is not called
}

func newProgram(f *File, content []byte) program {
	code := statementsOf(f, content)
	return program{f, code, lower(emptied(code))}
}

// job is what programs of one kind do. A name is a hint at best: with it a trace
// of the job is enough, without it the marks of the whole job must be there.
type job struct {
	role  string
	hint  *regexp.Regexp
	trace *pattern
	marks [][]*pattern // one of these sets, all of it
}

// Marks that several jobs share.
const (
	loop      = `(?m)^\s*(for|while)\b`
	loadsData = `load_dataset\(|read_(csv|json|parquet|text|table)\(|load_from_disk\(|\bjson\.loads?\(|jsonlines|\bopen\(|read_text\(|iter_rows|WebDataset\(`
	loadsNet  = `from_pretrained\(|pipeline\(|load_file\(|safe_open\(|InferenceSession\(|load_model\(|load_state_dict\(|torch\.load\(|Llama\(|\bLLM\(|load_checkpoint\(|GGUF|\bonnx`
	writes    = `\.(to_json|to_parquet|to_csv|save_to_disk|push_to_hub|write_text|write_bytes|write|writelines|tofile|writerow|writerows|dump|savez?|save_pretrained)\(|json\.dumps?\(`
)

// jobs lists them; the first that fits is taken, as a training script evaluates
// as well, and a test reads data.
var jobs = []job{
	{"training", regexp.MustCompile(`(?i)(^|/|_)(pre|fine)?_?-?(train|finetune|tuning|sft|dpo|rlhf)`),
		newPattern(`\.backward\(|Trainer\(|\.fit\(|optimizer\.step\(|train_loop|value_and_grad|accelerate\.|deepspeed|torchrun`),
		[][]*pattern{
			patterns(`\bbackward\w*\(`, `(?i)(optim\w*|opt|scaler|adamw?|sgd)\w*\.(step|update)\(|\w+_(update|step)\(`, `(?m)^\s*\{?\s*(for|while)\b`),
			patterns(`\w*(Trainer|Learner)\w*\(`, `\.(train|fit|fit_one_cycle|learn)\(`),
			patterns(`\b(value_and_grad|grad|withgradient|GradientTape)\(`, `apply_updates\(|apply_gradients\(|optimizer\.update\(|update!?\(`),
			patterns(`\.compile\([^)]*(optimizer|loss)`, `\.fit\(`),
			patterns(`\b(sklearn|xgboost|lightgbm|catboost|fasttext)\b`, `\.fit\(|\.train\(|train_supervised\(|train_unsupervised\(`, writes),
			patterns(`(?m)^[^#\n]*\b(torchrun|accelerate launch|deepspeed|python3?|llamafactory-cli|axolotl|tune run)\b[^\n]*\b\w*(train|finetune|sft|dpo)\w*\b`, `--\w*(lr|learning[-_]rate|batch[-_]size|epochs|steps|config)\b`),
		}},
	{"evaluation", regexp.MustCompile(`(?i)(^|/|_)(eval|benchmark|score|metrics)`),
		newPattern(`(?i)accuracy|perplexity|lm_eval|evaluate|f1_score|bleu|rouge|exact_match|metric|argmax\(|cross_entropy\(|no_grad\(`),
		[][]*pattern{
			patterns(`(?i)(accuracy|f1|precision|recall|auc|mean_squared_error|classification_report|word_error|\bwer|\bcer)\w*\(|\.compute\(|corpus_(bleu|chrf|ter)\(|rouge\w*\(|pass_at_k|perplexity|exact_match`, loadsNet+`|\.predict\(|\.generate\(|no_grad|predictions?`, loadsData+`|`+loop),
			patterns(`\b(lm_eval|simple_evaluate|lighteval|opencompass|inspect_eval|evalplus|helm-run)\b`, `evaluate\w*\(|\btasks?\b|--tasks`),
			patterns(`no_grad\(|inference_mode\(|\.eval\(`, `cross_entropy\(|argmax\(|nll`, `\b(exp|mean|sum)\(`, `json\.dumps?\(|print\(`),
		}},
	{"inference", regexp.MustCompile(`(?i)(^|/|_)(infer|generate|predict|serve|demo|handler|chat|sample|run)`),
		newPattern(`(?i)\.generate\(|pipeline\(|from_pretrained\(|\.predict\(|InferenceSession|llama_cpp|load_file\(|safe_open\(`),
		[][]*pattern{
			patterns(loadsNet, `\.(generate|generate_content|predict|transcribe|create_chat_completion|encode|sample|run|detect)\(|\b(pipe|pipeline|generator|classifier|llm|model|session|net)\(`, `print\(|return\b|decode\(|\.save\(|println!|console\.log|cout`),
		}},
	{"preprocessing", regexp.MustCompile(`(?i)(^|/|_)(pre_?process|prepare|clean|dedup|tokenize|filter|build_data|data_?prep)`),
		newPattern(`load_dataset\(|\.map\(|dedup|normalize|tokeniz|read_csv|jsonl|open\(`),
		[][]*pattern{
			patterns(loadsData, `(?i)dedup|drop_duplicates|minhash|\.filter\(|\.map\(|normali[sz]e|\btokenize\w*\(|\.encode\(|re\.sub\(|strip_tags|langdetect|fasttext|train_from_iterator\(|clean\w*\(|shuffle\(|train_test_split\(`, writes),
			patterns(`(SentencePieceTrainer|BpeTrainer|WordPieceTrainer|UnigramTrainer)\b`, `\.(train|train_from_iterator|Train)\(`),
		}},
}

// does tells the jobs of a program, the main one first: what it does with a
// network, and whether it defines one.
func (p program) does() []string {
	if statements(p.code) < minStatements {
		return nil
	}
	var out []string
	if r := p.job(); r != "" {
		out = append(out, r)
	}
	if p.definesNetwork() {
		out = append(out, "modelling")
	}
	return out
}

// job is the one job that a program does. Tokenizers are trained as data is
// prepared, so that a program which trains nothing else is for data.
func (p program) job() string {
	for _, j := range jobs {
		if j.hint.MatchString(p.file.Path) && j.trace.match(p.calls) {
			return j.role
		}
	}
	for _, j := range jobs {
		if slices.ContainsFunc(j.marks, p.shows) {
			return j.role
		}
	}
	return ""
}

func (p program) shows(marks []*pattern) bool {
	for _, m := range marks {
		if !m.match(p.calls) {
			return false
		}
	}
	return true
}

// networkClass matches the head of a class of a network, in the libraries of
// Python that have one.
var networkClass = regexp.MustCompile(`^([ \t]*)class[ \t]+\w+[ \t]*\([^)\n]*\b(Module|\w*PreTrainedModel|\w*PretrainedModel|Layer|Model|Block|LightningModule|Cell)\b[^)\n]*\)[ \t]*:`)

var (
	forwardPass = regexp.MustCompile(`^([ \t]+)(async )?def[ \t]+(forward|__call__|call|construct)[ \t]*\(`)
	// holdsNumbers matches what makes parameters: layers that have some, or the
	// parameters themselves.
	holdsNumbers = newPattern(`\b(\w*Linear|Conv\w*|\w*Embed(ding)?|Dense|LSTM|GRU|RNN|Parameter|LayerNorm|RMSNorm|BatchNorm\w*|MultiheadAttention|MultiHeadAttention|Transformer\w+|add_weight|create_parameter|get_parameter)\(|\bself\.param\(`)
)

// definesNetwork tells whether a program defines a network: a class of a
// library's modules whose forward pass does something, and something that holds
// numbers.
func (p program) definesNetwork() bool {
	if p.file.Kind != "python" && p.file.Kind != "notebook" || !holdsNumbers.match(p.calls) {
		return false
	}
	inClass, inPass := -1, -1 // how far the class, and its forward pass, are indented
	for line := range bytes.Lines(p.calls.text) {
		text := bytes.TrimSpace(line)
		if len(text) == 0 {
			continue
		}
		indent := len(line) - len(bytes.TrimLeft(line, " \t"))
		if inPass >= 0 && indent > inPass {
			if !idle(text) {
				return true
			}
			continue
		}
		inPass = -1
		if inClass >= 0 && indent <= inClass {
			inClass = -1
		}
		if m := networkClass.FindSubmatch(line); m != nil {
			inClass = len(m[1])
			continue
		}
		if m := forwardPass.FindSubmatch(line); m != nil && inClass >= 0 && len(m[1]) > inClass {
			inPass = len(m[1])
			if _, body, _ := bytes.Cut(text, []byte("): ")); len(body) > 0 && !idle(body) {
				return true
			}
		}
	}
	return false
}

// idle tells whether a statement does nothing.
func idle(statement []byte) bool {
	s := string(statement)
	return s == "pass" || s == "..." || s == "return" || s == "return None" || strings.HasPrefix(s, "raise ") || s == `""`
}

// emptied returns source code with the inside of its text literals left out. One
// that is not closed ends with its line. An apostrophe within a word, as in
// shell scripts and lifetimes of Rust, opens nothing that matters.
func emptied(code []byte) []byte {
	out := make([]byte, 0, len(code))
	for i := 0; i < len(code); {
		c := code[i]
		if c != '"' && c != '\'' {
			out = append(out, c)
			i++
			continue
		}
		n := pythonString(code[i:])
		out = append(out, c)
		if n > 1 && code[i+n-1] == c {
			out = append(out, c)
		}
		out = append(out, bytes.Repeat([]byte("\n"), bytes.Count(code[i:i+n], []byte("\n")))...)
		i += n
	}
	return out
}
