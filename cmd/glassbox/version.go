package main

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"io/fs"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"glassbox/apis"
	"glassbox/audit"
	"glassbox/audit/report"
	"glassbox/profiles"
	"glassbox/rules"
	"glassbox/schemas"
)

func (a *app) versionCommand() *cobra.Command {
	var flags []string
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Print the version, and digests of what it judges by",
		Args:  wrapArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			outs, err := outputs(flags, []string{"table", "json"})
			if err != nil {
				return err
			}
			return a.printVersion(outs)
		},
	}
	cmd.Flags().StringArrayVarP(&flags, "output", "o", nil, "print as `FORMAT[=PATH]`: table, json")
	return cmd
}

// versionInfo is what the program is made of.
type versionInfo struct {
	Version  string `json:"version"`
	Commit   string `json:"commit,omitempty"`   // that it was built from, where the builder told
	Modified bool   `json:"modified,omitempty"` // with changes that are in no commit
	Go       string `json:"go"`
	// The digests tell two programs apart that judge differently: of the rules and
	// frameworks, as in every report, of the manifests of services, of the profiles,
	// and of all schemas.
	RulesDigest    string   `json:"rules_digest"`
	APIsDigest     string   `json:"apis_digest"`
	ProfilesDigest string   `json:"profiles_digest"`
	SchemasDigest  string   `json:"schemas_digest"`
	Schemas        []string `json:"schemas"`
}

func newVersionInfo() (versionInfo, error) {
	v := versionInfo{Version: version, Go: runtime.Version()}
	v.built()
	for _, d := range []struct {
		into *string
		of   fs.FS
	}{{&v.RulesDigest, rules.FS}, {&v.APIsDigest, apis.FS}, {&v.ProfilesDigest, profiles.FS}} {
		digest, err := audit.RulesDigest(d.of)
		if err != nil {
			return v, err
		}
		*d.into = digest
	}
	h := sha256.New()
	for _, name := range schemas.Names() {
		v.Schemas = append(v.Schemas, schemas.ID(name))
		data, err := schemas.Source(name)
		if err != nil {
			return v, err
		}
		h.Write(data)
	}
	v.SchemasDigest = "sha256:" + hex.EncodeToString(h.Sum(nil))
	return v, nil
}

// built reads what the go tool wrote into the program of where it comes from.
func (v *versionInfo) built() {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			v.Commit = s.Value
		case "vcs.modified":
			v.Modified = s.Value == "true"
		}
	}
}

func (v versionInfo) text() string {
	out := []string{"glassbox " + v.Version}
	if v.Commit != "" {
		commit := v.Commit
		if v.Modified {
			commit += ", with changes"
		}
		out = append(out, "commit   "+report.Clean(commit))
	}
	out = append(out, "go       "+v.Go, "rules    "+v.RulesDigest, "apis     "+v.APIsDigest, "profiles "+v.ProfilesDigest, "schemas  "+v.SchemasDigest)
	return lines(out...)
}

// printVersion writes versions and digests.
func (a *app) printVersion(outs []output) error {
	v, err := newVersionInfo()
	if err != nil {
		return err
	}
	for _, o := range outs {
		err := a.write(o, func(w io.Writer) error {
			if o.format == "json" {
				return report.JSON(w, v)
			}
			_, err := io.WriteString(w, v.text())
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
