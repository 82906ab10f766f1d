// Package rules holds what glassbox judges by, as data: one YAML file a rule,
// in a folder named after its dimension, and the frameworks that weigh them.
// There is no logic here; package audit reads it.
package rules

import "embed"

//go:embed */*.yaml
var FS embed.FS
