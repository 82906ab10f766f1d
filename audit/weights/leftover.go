package weights

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// leftovers are the traces of a person or a machine that training tools leave
// in a header, the worst first. A value is told about and never repeated.
var leftovers = []struct {
	what    string
	pattern *regexp.Regexp
}{
	{"a credential", regexp.MustCompile(`\bhf_[A-Za-z0-9]{30,}|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{36}|\bsk-[A-Za-z0-9_-]{20,}|\bxox[abprs]-[0-9A-Za-z-]{10,}|\bAIza[0-9A-Za-z_-]{35}|-----BEGIN [A-Z ]*PRIVATE KEY`)},
	{"a path on a machine", regexp.MustCompile(`(?:^|[\s"'=,;(\[{:])(?:/(?:home|Users|root|mnt|data|workspace|content|scratch|gpfs|nfs|work|projects|private|tmp|media)/[^\s"']|[A-Za-z]:[\\/]{1,2}[^\s"'/\\]|\\\\[\w.-]+\\)`)},
	{"an address for mail", regexp.MustCompile(`\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+\b`)},
}

// promptKey matches the keys under which training and image tools store what a
// person typed, or which pictures they trained on.
var promptKey = regexp.MustCompile(`(?i)(?:^|_)(?:sample_)?prompts?$|^workflow$|^parameters$|tag_frequency$|dataset_dirs$|training_comment$|^invokeai_metadata$`)

// Leftovers lists the values in a file's metadata that tell about a person or a
// machine and not about the model: paths, prompts, credentials. Only the part
// of a value that the File keeps is looked at.
func Leftovers(metadata map[string]any) []Problem {
	var found []Problem
	for _, key := range slices.Sorted(maps.Keys(metadata)) {
		if strings.HasPrefix(key, "tokenizer.") {
			continue // tokens and templates are text of any kind
		}
		if what := leftover(key, metadata[key]); what != "" && len(found) < MaxProblems {
			severity := Warning
			if what == leftovers[len(leftovers)-1].what {
				severity = Note
			}
			found = append(found, Problem{Kind: PrivateData, Severity: severity, Message: fmt.Sprintf("metadata %.80q holds %s", key, what)})
		}
	}
	return found
}

// leftover says what a value holds that should not be there; empty for none.
func leftover(key string, value any) string {
	text := ""
	switch v := value.(type) {
	case string:
		text = v
	case []any:
		for _, e := range v {
			if s, ok := e.(string); ok {
				text += "\n" + s
			}
		}
	}
	for _, l := range leftovers {
		if l.pattern.MatchString(text) {
			return l.what
		}
	}
	if promptKey.MatchString(key) && strings.Trim(text, " \n{}[]\"") != "" && text != "None" && text != "null" {
		return "what somebody typed or trained on"
	}
	return ""
}
