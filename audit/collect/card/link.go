package card

import (
	"bytes"
	"regexp"
	"strings"
)

// Kinds of link.
const (
	LinkRepository = "repository" // source code
	LinkPaper      = "paper"
	LinkDataset    = "dataset"
	LinkModel      = "model" // on the Hub
	LinkDemo       = "demo"
	LinkFile       = "file" // in the release
	LinkOther      = "other"
)

// Link is one link of the body. Links into the card itself are left out.
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
	// Where is "metadata", "link", "prose" or "code".
	Where string
}

// links records the links of a flattened text and returns how many there are.
func (r *bodyReader) links(f *flat, line int) int {
	count, newlines, passed := 0, 0, 0
	for i := range f.links {
		l := &f.links[i]
		l.end = max(l.end, l.start)
		url := strings.TrimSpace(l.url)
		if url == "" || url[0] == '#' || len(url) > maxURL {
			continue
		}
		count++
		if l.start > passed {
			newlines += bytes.Count(f.text[passed:l.start], []byte("\n"))
			passed = l.start
		}
		at := line + newlines
		text := strings.Join(strings.FieldsFunc(string(f.text[l.start:l.end]), isSpaceRune), " ")
		r.card.addLink(Link{url, clip(text, 200), linkKind(url), at})
		r.papersIn([]byte(url), at, "link")
	}
	return count
}

// addLink records a link, once where text and address are the same.
func (c *Card) addLink(l Link) {
	n := len(c.Links)
	switch {
	case n >= MaxList:
		c.truncate("links")
	case n > 0 && c.Links[n-1].URL == l.URL && c.Links[n-1].Line == l.Line:
	default:
		c.Links = append(c.Links, l)
	}
}

// maxURL is longer than any address that leads somewhere; images given as
// data: URLs are longer.
const maxURL = 2000

var linkHosts = []struct{ host, path, kind string }{
	{"huggingface.co", "/datasets/", LinkDataset},
	{"huggingface.co", "/spaces/", LinkDemo},
	{"huggingface.co", "/papers/", LinkPaper},
	{"github.com", "", LinkRepository}, {"gitlab.com", "", LinkRepository}, {"bitbucket.org", "", LinkRepository}, {"codeberg.org", "", LinkRepository},
	{"arxiv.org", "", LinkPaper}, {"doi.org", "", LinkPaper}, {"aclanthology.org", "", LinkPaper}, {"openreview.net", "", LinkPaper},
	{"proceedings.mlr.press", "", LinkPaper}, {"papers.nips.cc", "", LinkPaper}, {"proceedings.neurips.cc", "", LinkPaper}, {"dl.acm.org", "", LinkPaper},
	{"ieeexplore.ieee.org", "", LinkPaper}, {"semanticscholar.org", "", LinkPaper}, {"biorxiv.org", "", LinkPaper}, {"nature.com", "/articles/", LinkPaper},
	{"colab.research.google.com", "", LinkDemo}, {"replicate.com", "", LinkDemo},
	{"kaggle.com", "/datasets/", LinkDataset}, {"tensorflow.org", "/datasets/", LinkDataset}, {"commoncrawl.org", "", LinkDataset},
}

// linkKind tells from an address alone what it leads to.
func linkKind(url string) string {
	rest, ok := strings.CutPrefix(url, "https://")
	if !ok {
		if rest, ok = strings.CutPrefix(url, "http://"); !ok {
			if strings.Contains(url, ":") {
				return LinkOther
			}
			return LinkFile
		}
	}
	host, path, _ := strings.Cut(strings.ToLower(rest), "/")
	host = strings.TrimPrefix(host, "www.")
	path = "/" + path
	for _, l := range linkHosts {
		if (host == l.host || strings.HasSuffix(host, "."+l.host)) && strings.HasPrefix(path, l.path) {
			return l.kind
		}
	}
	if _, ok := hubModel(url); ok {
		return LinkModel
	}
	return LinkOther
}

var hubAddress = regexp.MustCompile(`^(?:https?://)?(?:www\.)?(?:huggingface\.co|hf\.co)/(datasets/)?([A-Za-z0-9][\w.-]*(?:/[\w.-]+)?)(?:[/?#].*)?$`)

// hubPages are first parts of Hub addresses that are no owner of a model.
var hubPages = map[string]bool{
	"datasets": true, "spaces": true, "papers": true, "docs": true, "blog": true, "models": true, "collections": true, "organizations": true,
	"settings": true, "join": true, "pricing": true, "tasks": true, "learn": true, "posts": true, "chat": true, "inference-endpoints": true, "new": true, "login": true,
}

// hubModel returns the id of the model that an address of the Hub names. Ids
// without an owner belong to models from before owners existed.
func hubModel(url string) (string, bool) {
	m := hubAddress.FindStringSubmatch(url)
	if m == nil || m[1] != "" {
		return "", false
	}
	owner, _, _ := strings.Cut(m[2], "/")
	return m[2], !hubPages[owner]
}

// hubDataset returns the id of the dataset that an address of the Hub names.
func hubDataset(url string) (string, bool) {
	m := hubAddress.FindStringSubmatch(url)
	if m == nil || m[1] == "" {
		return "", false
	}
	return m[2], true
}

var (
	arxivAddress = regexp.MustCompile(`(?i)(?:arxiv\.org/(?:abs|pdf|html)/|huggingface\.co/papers/|arxiv[:.\s]\s*)(\d{4}\.\d{4,5})(?:v\d+)?\b`)
	arxivPrint   = regexp.MustCompile(`(?i)eprint\s*=\s*[{"](\d{4}\.\d{4,5})(?:v\d+)?[}"]`)
	doiName      = regexp.MustCompile(`(?i)\b(10\.\d{4,9}/[-._;()/:a-z0-9]+[a-z0-9])`)
)

// papersIn records arXiv ids and DOIs of a piece of text.
func (r *bodyReader) papersIn(text []byte, line int, where string) {
	if mentions(text, "arxiv", "arXiv", "ArXiv", "eprint", "co/papers") {
		r.matches(arxivAddress, "arxiv", text, line, where)
		r.matches(arxivPrint, "arxiv", text, line, where)
	}
	if mentions(text, "doi", "DOI") {
		r.matches(doiName, "doi", text, line, where)
	}
}

func (r *bodyReader) matches(re *regexp.Regexp, kind string, text []byte, line int, where string) {
	passed := 0
	for _, m := range re.FindAllSubmatchIndex(text, maxPapers) {
		line += bytes.Count(text[passed:m[2]], []byte("\n"))
		passed = m[2]
		r.card.addPaper(paper(kind, string(text[m[2]:m[3]]), line, where))
	}
}

// paper makes a paper of an id. The DOIs that arXiv gives out are arXiv ids, and
// the version of a paper is not kept.
func paper(kind, id string, line int, where string) Paper {
	id = strings.ToLower(id)
	if rest, ok := strings.CutPrefix(id, "10.48550/arxiv."); ok {
		kind, id = "arxiv", rest
	}
	if kind == "arxiv" {
		id, _, _ = strings.Cut(id, "v")
	}
	return Paper{kind, id, line, where}
}

// maxPapers bounds the papers of a card: those of the model come first, a
// bibliography after.
const maxPapers = 200

// addPaper records a paper once, at its first place.
func (c *Card) addPaper(p Paper) {
	for _, have := range c.Papers {
		if have.Kind == p.Kind && have.ID == p.ID {
			return
		}
	}
	if len(c.Papers) < maxPapers {
		c.Papers = append(c.Papers, p)
	}
}

// mentions reports whether a text contains one of the spellings.
func mentions(text []byte, spellings ...string) bool {
	for _, s := range spellings {
		if bytes.Contains(text, []byte(s)) {
			return true
		}
	}
	return false
}
