package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// output is one -o FORMAT[=PATH].
type output struct {
	format string
	path   string // empty: standard output
}

// outputs reads the -o flags before any work is done: each format must be one
// the command has, at most one may go to standard output, no path may stand
// twice. Without any, the default format goes to standard output.
func outputs(flags []string, formats []string) ([]output, error) {
	if len(flags) == 0 {
		return []output{{format: formats[0]}}, nil
	}
	var out []output
	seen := map[string]bool{}
	for _, f := range flags {
		format, path, _ := strings.Cut(f, "=")
		if path == "-" {
			path = ""
		}
		if !slices.Contains(formats, format) {
			return nil, &usageError{fmt.Errorf("-o %s: no such format", f), "there are " + strings.Join(formats, ", ")}
		}
		key := path
		if path != "" {
			key = filepath.Clean(path)
		}
		if seen[key] {
			if path == "" {
				return nil, usagef("-o %s: standard output is taken by another format; give a path, as in %s=FILE", f, format)
			}
			return nil, usagef("-o %s: another format writes to the same file", f)
		}
		seen[key] = true
		out = append(out, output{format, path})
	}
	return last(out), nil
}

// write sends what draw produces to the output: to standard output, or to a
// file that appears whole or not at all.
func (a *app) write(o output, draw func(io.Writer) error) error {
	var text pages
	if err := draw(&text); err != nil {
		return fmt.Errorf("writing %s: %w", o.format, err)
	}
	if o.path == "" {
		if _, err := text.WriteTo(a.stdout); err != nil {
			return fmt.Errorf("writing %s: %w", o.format, err)
		}
		return nil
	}
	return replaceWith(o.path, &text)
}

// pages holds a text of any length without ever moving it.
type pages [][]byte

func (p *pages) Write(data []byte) (int, error) {
	for rest := data; len(rest) > 0; {
		last := len(*p) - 1
		if last < 0 || len((*p)[last]) == cap((*p)[last]) {
			*p, last = append(*p, make([]byte, 0, 4096<<min(len(*p), 6))), last+1 // up to 256 KiB
		}
		page := (*p)[last]
		n := min(len(rest), cap(page)-len(page))
		(*p)[last], rest = append(page, rest[:n]...), rest[n:]
	}
	return len(data), nil
}

func (p *pages) WriteTo(w io.Writer) (written int64, err error) {
	for _, page := range *p {
		n, err := w.Write(page)
		if written += int64(n); err != nil {
			return written, err
		}
	}
	return written, nil
}

// replace writes a file beside its place and renames it there. What is there and
// is no file, as a pipe or a device, is written into: to put a file in the place
// of /dev/null would be a disaster.
func replace(path string, data []byte) error { return replaceWith(path, bytes.NewReader(data)) }

func replaceWith(path string, text io.WriterTo) (err error) {
	switch info, err := os.Stat(path); {
	case err == nil && info.IsDir():
		return &usageError{fmt.Errorf("writing %s: a folder is there", path), "name a file"}
	case err == nil && !info.Mode().IsRegular():
		return into(path, text)
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.ENOTDIR) || errors.Is(err, syscall.EROFS) {
		return &usageError{fmt.Errorf("writing %s: no file can be made in %s", path, filepath.Dir(path)), "name a folder that is there and may be written to"}
	}
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	defer func() {
		if err != nil {
			os.Remove(f.Name())
			err = fmt.Errorf("writing %s: %w", path, cause(err))
		}
	}()
	if _, err = text.WriteTo(f); err != nil {
		f.Close()
		return err
	}
	if err = f.Chmod(0o644); err != nil {
		f.Close()
		return err
	}
	if err = f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// into writes into what is there.
func into(path string, text io.WriterTo) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if errors.Is(err, fs.ErrPermission) {
		return &usageError{fmt.Errorf("writing %s: %w", path, cause(err)), "name a file that may be written to"}
	}
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, cause(err))
	}
	_, err = text.WriteTo(f)
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("writing %s: %w", path, cause(err))
	}
	return nil
}

// last puts standard output behind the files: whoever reads it may stop early,
// which ends the program, and the files are there by then.
func last(outs []output) []output {
	outs = slices.Clone(outs)
	slices.SortStableFunc(outs, func(a, b output) int {
		switch {
		case a.path == b.path || a.path != "" && b.path != "":
			return 0
		case a.path == "":
			return 1
		}
		return -1
	})
	return outs
}
