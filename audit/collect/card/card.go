// Package card reads model cards: bytes go in, typed facts come out.
//
// A card is whatever a publisher wrote to describe a model: a README.md with
// front matter as the Hugging Face Hub reads it, a MODEL_CARD.md without any,
// or a JSON document of the Model Card Toolkit. [Read] and [ReadJSON] turn one
// into a [Card]: the front matter as plain values and as typed declarations,
// the headings as sections with canonical names and counts of what stands in
// them, and the factual claims that can be compared with the weights.
//
// The package judges nothing. It says that a section holds forty words of
// prose and one placeholder, not whether that is enough. It is careful where a
// mistake would turn into an accusation: a claim is taken from prose only when
// the sentence is about the model of the card, and a number keeps the interval
// that its spelling allows.
//
// Cards are untrusted. Every walk is bounded by the constants beside [Card],
// nothing is fetched, and what a limit cut off is told in [Card.Truncated].
package card

// Limits on one card. Cards seen in the wild stay below 1 MiB; the largest are
// embedding models whose model-index lists hundreds of benchmark tasks.
const (
	// MaxSize is the number of bytes of a card that are read; what follows is
	// ignored and the card says that it was truncated.
	MaxSize = 10 << 20
	// MaxFrontMatter is the number of bytes of a front matter block that are
	// parsed as YAML. A larger block is not parsed at all.
	MaxFrontMatter = 1 << 20
)

// Kind tells what a card describes. The same file name and the same front
// matter syntax serve models, datasets and spaces alike.
type Kind string

// The kinds of card. Unknown stands when nothing in the card decides.
const (
	KindUnknown Kind = ""
	KindModel   Kind = "model"
	KindDataset Kind = "dataset"
	KindSpace   Kind = "space"
)

// Card is what one document says, as typed facts.
type Card struct {
	Path string
	Kind Kind
	// KindReasons are the front matter keys and headings that decided Kind.
	KindReasons []string
	// Schema names the JSON schema of a card read by ReadJSON: "mct-0.0.1",
	// "mct-0.0.2" or "mitchell-2019". Empty for Markdown.
	Schema string

	FrontMatter FrontMatter
	// Metadata is the front matter as plain JSON values: nil, bool, string,
	// json.Number, []any and map[string]any. Scalars keep their source text:
	// 1.10 stays json.Number("1.10"), a date stays a string.
	Metadata map[string]any
	// MetadataLines maps the JSON pointer of each metadata value ("/license/0")
	// to its line in the file, counted from 1.
	MetadataLines map[string]int
	// Declared is the part of the metadata that the Hub gives a meaning to.
	Declared Declared

	Title    string
	Sections []Section
	Fields   []Field
	Claims   []Claim
	Links    []Link
	Papers   []Paper

	// Counts over the whole body, with the meanings they have in Section.
	Counts Counts

	Problems []Problem
	// Truncated tells which limit cut the card short, empty when none did:
	// "size", "lines", "front_matter", "nodes".
	Truncated string
}

// FrontMatterState tells whether the Hub finds a metadata block in the card.
type FrontMatterState string

// States of the front matter. Unrecognised means that the card seems to have a
// block and the Hub does not see it; the reason is in FrontMatter.Reason.
const (
	FrontMatterAbsent       FrontMatterState = "absent"
	FrontMatterPresent      FrontMatterState = "present"
	FrontMatterUnrecognised FrontMatterState = "unrecognised"
)

// FrontMatter is where the metadata block stands and how it was found.
type FrontMatter struct {
	State FrontMatterState
	// Reason says why an unrecognised block is not seen by the Hub, in
	// kebab-case: "space-after-opening", "unterminated", "text-before", ...
	Reason string
	// Valid tells whether a present block is YAML holding a mapping (or nothing).
	Valid bool
	// StartLine and EndLine are the lines of the opening and closing dashes.
	StartLine, EndLine int
}

// Problem is something wrong with the card itself.
type Problem struct {
	Kind    string
	Message string
	Line    int
}

// Item is one declared value and the line that declares it.
type Item struct {
	Value string
	Line  int
}

// Declared holds the front matter keys that the Hub types. A nil slice means
// that the key is absent, an empty one that it is there and lists nothing.
type Declared struct {
	Licenses          []Item
	LicenseName       Item
	LicenseLink       Item
	Languages         []Item
	Tags              []Item
	Datasets          []Item
	Metrics           []Item
	BaseModels        []Item
	BaseModelRelation Item
	LibraryName       Item
	PipelineTag       Item
	NewVersion        Item
	ModelName         Item
	Emissions         *Emissions
	// Gated is "true", "false", "auto" or "manual"; empty when not declared.
	Gated   Item
	Gate    *Gate
	Results []Result
}

// Emissions is co2_eq_emissions: the carbon that training is said to have cost.
type Emissions struct {
	// Grams of CO2 equivalent, nil when the card gives no number.
	Grams        *float64
	Source       string
	TrainingType string
	Location     string
	Hardware     string
	Line         int
}

// Gate is what the extra_gated_* keys ask of a user before a download.
type Gate struct {
	Prompt       string
	Fields       []string
	EUDisallowed bool
	Line         int
}

// Result is one evaluation result of a model-index or an .eval_results file.
type Result struct {
	Model, TaskType, TaskName                    string
	DatasetType, DatasetName                     string
	DatasetConfig, DatasetSplit, DatasetRevision string
	MetricType, MetricName                       string
	Value                                        string
	Number                                       *float64
	Verified                                     *bool
	VerifyToken                                  bool
	SourceName, SourceURL                        string
	Date, Notes                                  string
	Line                                         int
}

// Counts is what stands below a heading.
type Counts struct {
	// Words of prose.
	Words int
	// TableRows, CodeLines, Links and Images below the heading.
	TableRows, CodeLines, Links, Images int
	// Placeholders is the number of marks that stand for missing text.
	Placeholders int
	// Boilerplate, Filler and Repeated are words that were seen and not counted
	// as prose: template text, meaningless filling, and sentences said before.
	Boilerplate, Filler, Repeated int
}

// Section is one heading and what stands below it up to the next heading of
// the same or a higher level, subsections included.
type Section struct {
	// Name is the canonical name, one of SectionNames, or empty.
	Name string
	// Also lists further canonical names that one heading stands for, such as
	// "limitations" in "Intended uses & limitations".
	Also    []string
	Heading string
	Level   int
	Line    int
	// Parent is the index of the enclosing section, -1 at the top.
	Parent int
	// Own counts what stands directly below the heading, Counts adds the
	// subsections.
	Own Counts
	Counts
	// Placeholder is true when the section holds nothing but placeholders,
	// template text and filling.
	Placeholder bool
}

// Field is a labelled value of the body, such as "- **License:** mit".
type Field struct {
	// Name is the canonical name of the label, or empty when it has none.
	Name  string
	Label string
	Value string
	Line  int
	// Section is the index of the section the field stands in, -1 for none.
	Section int
	// Placeholder is true when the value only stands for a missing one.
	Placeholder bool
}

// Claim is one factual statement of the card about a model.
type Claim struct {
	Kind       string
	Value      string
	Quantities []Quantity
	Text       string
	Line       int
	Where      string
	Negated    bool
	About      string
}

// Quantity is a number as a card writes it.
type Quantity struct {
	Value, Low, High int64
	Scope            string
	Experts          int
}

// Link is one link of the body.
type Link struct {
	URL  string
	Text string
	Kind string
	Line int
}

// Paper is a publication that the card names by an arXiv id or a DOI.
type Paper struct {
	// Kind is "arxiv" or "doi".
	Kind string
	ID   string
	Line int
	// Where is "metadata", "link", "text" or "code".
	Where string
}

// Read reads a Markdown card. It never fails: what is wrong with the card is
// in its Problems, what was cut off in Truncated.
func Read(path string, data []byte) *Card {
	return &Card{Path: path}
}

// ReadJSON reads a JSON card of the Model Card Toolkit, or of the shape of
// Mitchell et al. 2019. It reports false when the document is no such card.
func ReadJSON(path string, data []byte) (*Card, bool) {
	return nil, false
}

// IsCardName reports whether a file of this name is read as a Markdown card.
func IsCardName(path string) bool {
	return false
}

// ReadEvalResults reads one file of .eval_results/.
func ReadEvalResults(path string, data []byte) ([]Result, []Problem) {
	return nil, nil
}
