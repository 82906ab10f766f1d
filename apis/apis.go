// Package apis holds what providers of closed models disclose, as data: one
// manifest a model, <provider>/<model>.yaml, every fact with a dated source.
// There is no logic here; package disclosure reads it.
//
// The facts were compiled from public pages, most of them read as archived or
// cached copies. Nothing here proves secrecy or misconduct: it records what was
// said, where, and when.
package apis

import "embed"

//go:embed */*.yaml
var FS embed.FS
