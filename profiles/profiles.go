// Package profiles holds the policies that come with the program, as data: each
// is what a policy file may name as its starting point. There is no logic here;
// package audit reads it.
package profiles

import "embed"

//go:embed *.yaml
var FS embed.FS
