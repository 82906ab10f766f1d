package dataset

// croissantVersion is a version of the format.
type croissantVersion byte

const (
	v08 croissantVersion = iota
	v10
	v11
)

// croissantVersions are the values of conformsTo, in the order of the versions.
var croissantVersions = [...]string{
	"http://mlcommons.org/croissant/0.8",
	"http://mlcommons.org/croissant/1.0",
	"http://mlcommons.org/croissant/1.1",
}

func (v croissantVersion) String() string { return [...]string{"0.8", "1.0", "1.1"}[v] }

// space is a namespace of properties and classes.
type space byte

const (
	sc  space = iota // https://schema.org/
	cr               // of Croissant
	rai              // of its vocabulary for responsible AI
	dct              // Dublin Core
)

func (v croissantVersion) iri(s space, name string) string {
	switch {
	case s == sc:
		return schemaOrg + name
	case s == rai:
		return "http://mlcommons.org/croissant/RAI/" + name
	case s == dct:
		return "http://purl.org/dc/terms/" + name
	case v == v08:
		return "http://mlcommons.org/schema/" + name
	}
	return "http://mlcommons.org/croissant/" + name
}

// cardinality says how many values a property takes.
type cardinality byte

const (
	one cardinality = iota
	many
	tagged // one, or one for each language
)

// scalars are the kinds of value that a property takes besides objects.
type scalars byte

const (
	text  scalars = 1 << iota // Text, URL, Date, Time
	whole                     // Integer
	real                      // Number
	truth                     // Boolean
)

// reading is how the value of a property is read.
type reading byte

const (
	byType    reading = iota // a scalar or an object, as the property says
	asID                     // what it refers to
	asFields                 // fields inside a field
	asTypes                  // addresses of data types
	asData                   // records, as JSON
	asContent                // what a file is contained in
	asIs
)

// casting is what a value is turned into once it has the right kind.
type casting byte

const (
	asWritten casting = iota
	toDate
	toDates
	toVersion
	toFileProperty
)

// property is one property of a class, under the name it has in a manifest.
type property struct {
	name     string
	space    space
	card     cardinality
	takes    scalars
	classes  []string
	reading  reading
	casting  casting
	dropped  bool   // a fault leaves nothing behind in a list
	blank    bool   // a fault leaves the empty text behind
	old      string // its name in 0.8 below oldSpace, where that differs
	oldSpace space
	late     bool // in the namespace of schema.org before 1.1
}

func (p property) iri(v croissantVersion) string {
	switch {
	case v == v08 && p.old != "":
		return v.iri(p.oldSpace, p.old)
	case p.late && v < v11:
		return v.iri(sc, p.name)
	}
	return v.iri(p.space, p.name)
}

// class is a class of objects in a manifest.
type class struct {
	name       string
	space      space
	old        space // in 0.8
	untyped    bool  // it has no @type
	properties []property
}

func (c *class) iri(v croissantVersion) string {
	switch {
	case c.untyped:
		return ""
	case v == v08:
		return v.iri(c.old, c.name)
	}
	return v.iri(c.space, c.name)
}

// The properties that people, organisations and licences have.
var (
	nameOf        = property{name: "name", card: tagged, takes: text}
	descriptionOf = property{name: "description", card: tagged, takes: text}
	urlOf         = property{name: "url", takes: text}
	emailOf       = property{name: "email", takes: text}
)

// agents are who makes or publishes a dataset.
var agents = []string{"Organization", "Person"}

// classes are the classes of Croissant and of schema.org that mlcroissant 1.1.1
// reads, with what each property takes (structure_graph/nodes). One of its
// spellings is a slip that is kept, as it decides what is read:
// rai:dataDataManipulationProtocol.
var classes = map[string]*class{
	"Dataset": {name: "Dataset", properties: []property{
		{name: "citeAs", space: cr, takes: text, old: "citation"},
		{name: "conformsTo", space: dct, card: many, takes: text, dropped: true},
		{name: "creator", card: many, classes: agents, dropped: true},
		{name: "dateCreated", takes: text, casting: toDate},
		{name: "dateModified", takes: text, casting: toDate},
		{name: "datePublished", takes: text, casting: toDate},
		descriptionOf,
		{name: "keywords", card: many, takes: text},
		{name: "inLanguage", card: many, takes: text},
		{name: "license", card: many, takes: text, classes: []string{"CreativeWork"}},
		titleOf,
		{name: "publisher", card: many, classes: agents, dropped: true},
		{name: "sameAs", card: many, takes: text},
		{name: "sdLicense", card: many, takes: text, classes: []string{"CreativeWork"}},
		urlOf,
		{name: "version", takes: whole | real | text, casting: toVersion},
		{name: "sdVersion", space: cr, takes: whole | real | text, casting: toVersion},
		{name: "distribution", card: many, classes: []string{"FileObject", "FileSet"}, dropped: true},
		{name: "recordSet", space: cr, card: many, classes: []string{"RecordSet"}, dropped: true},
		{name: "dataCollection", space: rai, takes: text},
		{name: "dataCollectionType", space: rai, card: many, takes: text},
		{name: "dataCollectionMissingData", space: rai, takes: text},
		{name: "dataCollectionRawData", space: rai, takes: text},
		{name: "dataCollectionTimeFrame", space: rai, card: many, takes: text, casting: toDates},
		{name: "dataImputationProtocol", space: rai, takes: text},
		{name: "dataPreprocessingProtocol", space: rai, card: many, takes: text},
		{name: "dataDataManipulationProtocol", space: rai, takes: text},
		{name: "dataAnnotationProtocol", space: rai, card: many, takes: text},
		{name: "dataAnnotationPlatform", space: rai, card: many, takes: text},
		{name: "dataAnnotationAnalysis", space: rai, card: many, takes: text},
		{name: "annotationsPerItem", space: rai, takes: text},
		{name: "annotatorDemographics", space: rai, card: many, takes: text},
		{name: "machineAnnotationTools", space: rai, card: many, takes: text},
		{name: "dataBiases", space: rai, card: many, takes: text},
		{name: "dataUseCases", space: rai, card: many, takes: text},
		{name: "dataLimitations", space: rai, card: many, takes: text},
		{name: "dataSocialImpact", space: rai, takes: text},
		{name: "personalSensitiveInformation", space: rai, card: many, takes: text},
		{name: "dataReleaseMaintenancePlan", space: rai, takes: text},
	}},
	"FileObject": {name: "FileObject", space: cr, properties: []property{
		{name: "contentUrl", takes: text},
		{name: "contentSize", takes: text},
		containedIn,
		descriptionOf,
		{name: "encodingFormat", card: many, takes: text},
		{name: "md5", space: cr, takes: text},
		fileName,
		{name: "sameAs", card: many, takes: text},
		{name: "sha256", takes: text},
		{name: "source", space: cr, classes: []string{"Source"}, dropped: true},
	}},
	"FileSet": {name: "FileSet", space: cr, properties: []property{
		containedIn,
		descriptionOf,
		{name: "encodingFormat", card: many, takes: text},
		{name: "excludes", space: cr, card: many, takes: text},
		{name: "includes", space: cr, card: many, takes: text},
		fileName,
	}},
	"RecordSet": {name: "RecordSet", space: cr, old: cr, properties: []property{
		{name: "annotation", space: cr, card: many, reading: asFields},
		{name: "data", space: cr, card: many, reading: asData},
		dataType,
		descriptionOf,
		{name: "examples", space: cr, card: many, reading: asData},
		{name: "isEnumeration", space: cr, takes: truth},
		{name: "key", space: cr, card: many, reading: asID, old: "key"},
		titleOf,
		{name: "field", space: cr, card: many, classes: []string{"Field"}, dropped: true},
	}},
	"Field": {name: "Field", space: cr, old: cr, properties: []property{
		{name: "annotation", space: cr, card: many, reading: asFields},
		{name: "arrayShape", space: cr, takes: text},
		descriptionOf,
		dataType,
		{name: "equivalentProperty", space: cr, card: many, takes: text},
		{name: "isArray", space: cr, takes: truth},
		{name: "isEnumeration", space: cr, takes: truth},
		titleOf,
		{name: "parentField", space: cr, classes: []string{"ParentField"}},
		{name: "references", space: cr, classes: []string{"Source"}, dropped: true},
		{name: "repeated", space: cr, takes: truth},
		{name: "source", space: cr, classes: []string{"Source"}, dropped: true},
		{name: "subField", space: cr, card: many, reading: asFields},
		{name: "value", reading: asIs},
	}},
	"ParentField": {name: "ParentField", untyped: true, properties: []property{
		{name: "references", space: cr, classes: []string{"Source"}},
		{name: "source", space: cr, classes: []string{"Source"}},
	}},
	"Source": {name: "Source", untyped: true, properties: []property{
		{name: "distribution", reading: asID},
		{name: "extract", space: cr, classes: []string{"Extract"}, dropped: true},
		{name: "field", space: cr, reading: asID},
		{name: "fileObject", space: cr, reading: asID},
		{name: "fileSet", space: cr, reading: asID},
		{name: "format", space: cr, takes: text},
		{name: "samplingRate", space: cr, takes: whole},
		{name: "transform", space: cr, card: many, classes: []string{"Transform"}, dropped: true},
	}},
	"Extract": {name: "Extract", untyped: true, properties: []property{
		{name: "column", space: cr, takes: text},
		{name: "fileProperty", space: cr, takes: text, casting: toFileProperty},
		{name: "jsonPath", space: cr, takes: text},
	}},
	"Transform": {name: "Transform", untyped: true, properties: []property{
		{name: "format", space: cr, takes: text},
		{name: "jsonPath", space: cr, takes: text},
		{name: "readLines", space: cr, takes: truth},
		{name: "regex", space: cr, takes: text},
		{name: "replace", space: cr, takes: text},
		{name: "samplingRate", space: cr, takes: whole},
		{name: "separator", space: cr, takes: text},
		{name: "unArchive", space: cr, takes: truth},
	}},
	"CreativeWork": {name: "CreativeWork", properties: []property{nameOf, descriptionOf, urlOf}},
	"Organization": {name: "Organization", properties: []property{nameOf, descriptionOf, emailOf, urlOf}},
	"Person":       {name: "Person", properties: []property{nameOf, descriptionOf, emailOf, urlOf}},
}

// The properties that several classes of a manifest share.
var (
	containedIn = property{name: "containedIn", space: cr, card: many, reading: asContent, late: true}
	titleOf     = property{name: "name", card: tagged, takes: text, blank: true}
	fileName    = property{name: "name", takes: text, blank: true}
	dataType    = property{name: "dataType", space: cr, card: many, reading: asTypes}
)
