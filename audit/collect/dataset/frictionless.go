package dataset

import (
	"cmp"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"
)

// isDataPackage tells whether a document is a Frictionless data package: a list
// of resources that each name data or lie somewhere. Under the name that the
// format asks for it is one whatever it holds.
func isDataPackage(name string, root *value) bool {
	if root.kind != objectValue {
		return false
	}
	list := root.get("resources")
	if strings.EqualFold(path.Base(name), "datapackage.json") {
		return true
	}
	return list != nil && list.kind == listValue && len(list.items) > 0 && !slices.ContainsFunc(list.items, func(r *value) bool {
		return r.get("path") == nil && r.get("data") == nil
	})
}

// dataPackage reads a Frictionless data package, version 1 or 2
// (datapackage.org/standard/data-package). One without $schema follows 1.
func (m *Manifest) dataPackage(root *value) {
	m.Version = "1"
	if s := root.get("$schema").string(); strings.Contains(s, "/2") || strings.Contains(s, "v2") {
		m.Version = "2"
	}
	m.refusals(checkDataPackage(root.plain()), root)
	if !strings.EqualFold(path.Base(m.Path), "datapackage.json") {
		m.warn(BadName, root, "a data package lies in a file called datapackage.json")
	}
	if m.Version == "1" {
		for _, key := range []string{"contributors", "sources"} {
			for _, item := range root.get(key).each() {
				if item.kind == objectValue && item.get("title") == nil {
					m.refuse(Missing, item, "there is no title, which version 1 asks for")
				}
			}
		}
	}
	if v := root.get("created"); v != nil {
		if _, err := time.Parse(time.RFC3339, v.string()); err != nil {
			m.warn(BadDate, v, "created %q is no time of RFC 3339", clip(v.text, 40))
		}
	}
	m.packageNames(root)
	for _, key := range []string{"name", "licenses"} {
		if root.get(key).isEmpty() {
			m.warn(Missing, root, "there is no %s, which is recommended", key)
		}
	}
	d := Dataset{
		Name: saidIn(root.first("name", "title")), Licenses: []Text{}, URL: optional(root.get("homepage")), Hashes: &Hashes{}, Pinned: new(bool),
		Provenance: Provenance{Collection: joinTexts(allSaidIn(root.get("sources")))},
	}
	for _, l := range root.get("licenses").each() {
		if t := saidIn(l.first("name", "path", "title")); t.Value != "" {
			d.Licenses = append(d.Licenses, t)
		}
	}
	m.resources(root, &d)
	m.Datasets = []Dataset{d}
}

// resources reads the files of a data package.
func (m *Manifest) resources(root *value, d *Dataset) {
	names := map[string]bool{}
	size, sized, hashed := 0.0, true, 0
	list := root.get("resources").each()
	for _, r := range list {
		if name := r.get("name"); name != nil && name.text != "" {
			if names[name.text] {
				m.refuse(DuplicateID, name, "more than one resource is called %q", clip(name.text, 80))
			}
			names[name.text] = true
		}
		m.paths(r.get("path"))
		for _, at := range allSaidIn(r.get("path")) {
			d.revise(at)
		}
		d.Leads = d.Leads || r.get("data") != nil && !r.get("data").isEmpty() || leads(saidIn(r.get("path")).Value)
		told := r.get("bytes")
		n, ok := told.number()
		d.Lines.Size = cmp.Or(d.Lines.Size, told.place())
		size, sized = size+n, sized && ok && n >= 0
		if h := r.get("hash"); !h.isEmpty() {
			d.Hashes.Declared++
			if m.packageHash(h, saidIn(r.first("path", "name")).Value, d) {
				hashed++
			}
		}
	}
	if len(list) > 0 {
		*d.Pinned = hashed == len(list)
		if sized {
			d.Size = &Size{size, "bytes"}
		}
	}
}

// paths refuses what leads out of the folder of the package: absolute paths, ..
// in any place, and lists that mix paths with addresses.
func (m *Manifest) paths(v *value) {
	local, remote := 0, 0
	for _, p := range v.each() {
		if p.kind != textValue {
			continue
		}
		slashed := strings.ReplaceAll(p.text, `\`, "/")
		switch {
		case strings.HasPrefix(p.text, "http://"), strings.HasPrefix(p.text, "https://"):
			remote++
			continue
		case strings.HasPrefix(slashed, "/"), strings.HasPrefix(slashed, "~"), slices.Contains(strings.Split(slashed, "/"), ".."), strings.Contains(p.text, "://"), scheme.MatchString(p.text):
			m.refuse(Escape, p, "the path %q leads out of the folder of the package", clip(p.text, 80))
		}
		local++
	}
	if local > 0 && remote > 0 {
		m.refuse(Schema, v, "a list of paths mixes files of the package with addresses")
	}
}

// packageHash reads a digest as it stands in a resource: hexadecimal for MD5, or
// with the name of its algorithm before it.
func (m *Manifest) packageHash(v *value, name string, d *Dataset) bool {
	algorithm, hex, named := strings.Cut(v.string(), ":")
	if !named {
		algorithm, hex = "md5", v.string()
	}
	algorithm = plainAlgorithm(algorithm)
	return m.digest(v, algorithm, hex, name, d)
}

// plainAlgorithm spells the name of an algorithm the way digestBytes does.
func plainAlgorithm(s string) string {
	return strings.NewReplacer("-", "", "_", "").Replace(strings.ToLower(strings.TrimSpace(s)))
}

// digest counts a digest that is declared, and keeps it where it is good.
func (m *Manifest) digest(at *value, algorithm, hex, name string, d *Dataset) bool {
	if digestBytes[algorithm] == 0 {
		m.warn(HashShape, at, "%q is no algorithm that is known here", clip(algorithm, 40))
		return false
	}
	if kind, why := digestFault(algorithm, hex); kind != "" {
		m.warn(kind, at, "%s of %q %s", algorithm, clip(name, 80), why)
		return false
	}
	d.Hashes.WellFormed++
	if len(d.Digests) < maxItems {
		d.Digests = append(d.Digests, Digest{name, algorithm, strings.ToLower(strings.TrimSpace(hex)), at.place(), at.pointer()})
	}
	return true
}

// Names as the profiles of the versions have them: of a package, and in version 1
// of a resource.
var (
	nameOf1 = regexp.MustCompile(`^[-a-z0-9._/]+$`)
	nameOf2 = regexp.MustCompile(`^[^\s/]*$`)
)

func (m *Manifest) packageNames(root *value) {
	pattern, named := nameOf2, []*value{root.get("name")}
	if m.Version == "1" {
		pattern = nameOf1
		for _, r := range root.get("resources").each() {
			named = append(named, r.get("name"))
		}
	}
	for _, v := range named {
		if v != nil && v.kind == textValue && !pattern.MatchString(v.text) {
			m.refuse(Schema, v, "the name %q has letters that version %s does not allow", clip(v.text, 60), m.Version)
		}
	}
}
