package card

// The kinds of problem. A kind names what is wrong once and for good; a message
// may be reworded.
const (
	// FrontMatterUnseen: there is a metadata block that the Hub does not see.
	FrontMatterUnseen = "front_matter_unseen"
	// HubDivergence: the Hub and its Python library read the card differently.
	HubDivergence = "hub_divergence"
	// SwallowedBody: an empty block made the Hub take body text for metadata.
	SwallowedBody = "swallowed_body"
	// Encoding: the card is not UTF-8.
	Encoding = "encoding"
	// InvalidYAML: the block does not parse, so the Hub has no metadata.
	InvalidYAML = "invalid_yaml"
	// NotAMapping: the block is YAML and no mapping, so the Hub refuses it.
	NotAMapping = "not_a_mapping"
	// AliasBomb: aliases expand into more nodes than MaxNodes, or into
	// themselves.
	AliasBomb = "alias_bomb"
	// DuplicateKey: a key stands twice; the last one wins, as on the Hub.
	DuplicateKey = "duplicate_key"
	// NullEntry: a list has an empty entry, for which the Hub refuses a card.
	NullEntry = "null_entry"
	// WrongType: a key holds a value of a type that it cannot have.
	WrongType = "wrong_type"
	// BooleanWord: a word such as no or on that YAML 1.1 reads as a boolean.
	BooleanWord = "boolean_word"
	// LegacyKey: an old spelling of a key, which the Hub ignores today.
	LegacyKey = "legacy_key"
	// LicenseName: "other" comes without a name, or a name without "other".
	LicenseName = "license_name"
	// ModelIndex: a result lacks what the Hub requires of it.
	ModelIndex = "model_index"
	// EvalResults: an entry of .eval_results/ lacks what the Hub requires.
	EvalResults = "eval_results"
	// InvalidJSON: a JSON card does not parse.
	InvalidJSON = "invalid_json"
	// LimitHit: a limit of this package cut the card short.
	LimitHit = "limit_hit"
)

// Breaks reports whether a problem of this kind makes the card ill-formed: not
// so for what readers merely see differently, old spellings, and limits of this
// package.
func Breaks(kind string) bool {
	switch kind {
	case HubDivergence, LegacyKey, BooleanWord, LimitHit:
		return false
	}
	return true
}

// Problem is something wrong with the card as a file. Line is counted from 1
// and 0 when the problem has no place.
type Problem struct {
	Kind    string
	Message string
	Line    int
}
