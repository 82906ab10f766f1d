package weights

import "fmt"

// coreML fills f from a Core ML model. The numbers in it are not counted: they
// lie in dozens of kinds of layer.
// Source: apple/coremltools, mlmodel/format/Model.proto and NeuralNetwork.proto.
func (f *File) coreML(src *source) {
	p := &proto{w: newWindow(src, 0, src.size)}
	custom, kinds := false, 0
	err := p.message(src.size, func(f field) error {
		switch {
		case f.number == 555 || f.number == 556: // CustomModel, LinkedModel
			custom = true
		case f.number == 403 || f.number == 303 || f.number == 500: // neural networks
			kinds++
			return p.inside(f, func(f field) error {
				if f.number != 1 {
					return nil
				}
				return p.inside(f, func(f field) error {
					custom = custom || f.number == 500 // CustomLayerParams
					return nil
				})
			})
		case f.number >= 200 && f.number <= 202: // pipelines of models
			custom = true
		case f.number >= 200:
			kinds++
		}
		return nil
	})
	switch {
	case err != nil:
		f.refuse(err)
	case custom:
		f.incomplete(CustomOperator, -1, "parts that the program must bring, or models inside the model")
	case kinds == 0:
		f.incomplete(HeaderSyntax, -1, "a Core ML model without a model")
	default:
		f.inert(fmt.Sprintf("a Core ML model of %s; the format has no place for code", "the framework's own layers"))
	}
}
