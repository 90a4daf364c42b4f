package sim

import (
	"bytes"
	"encoding/json"
)

// schema is a piece of a JSON schema (draft 2020-12). encoding/json writes its keys in order, so that it is the same each time.
type schema map[string]any

// Schema returns the JSON schema of lab files, which lets editors complete keys and mark mistakes. It says what Parse says,
// as far as a schema can: that the end of a link is a host, say, it cannot.
func Schema() []byte {
	s := objectSchema(labKeys())
	s["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	s["title"] = "netlab lab file"
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	_ = e.Encode(s) // maps of strings, numbers and lists: nothing that JSON has no form for
	return b.Bytes()
}

// objectSchema is a mapping with the given keys and no others.
func objectSchema[T any](keys []key[T]) schema {
	properties := schema{}
	needed := []string{}
	for _, k := range keys {
		properties[k.name] = k.value.described(k.doc)
		if k.must {
			needed = append(needed, k.name)
		}
	}
	s := schema{"type": "object", "properties": properties, "additionalProperties": false}
	if len(needed) > 0 {
		s["required"] = needed
	}
	return s
}

// described returns a copy of s with a description.
func (s schema) described(doc string) schema {
	c := schema{"description": plainText(doc)}
	for k, v := range s {
		c[k] = v
	}
	return c
}

// mapSchema is a mapping whose keys the author of the file chooses, as far as pattern lets them.
func mapSchema(pattern string, of schema) schema {
	return schema{"type": "object", "propertyNames": schema{"pattern": pattern}, "additionalProperties": of}
}

func listSchema(of schema) schema { return schema{"type": "array", "items": of} }

func oneOrMoreSchema(of schema) schema { return schema{"anyOf": []schema{of, listSchema(of)}} }

// textSchema is a value of words. YAML takes some of them for numbers or booleans, as in "name: 7".
func textSchema() schema { return schema{"type": []string{"string", "number", "boolean"}} }

func patternSchema(pattern string) schema { return schema{"type": "string", "pattern": pattern} }

func wholeSchema(least, most int) schema {
	return schema{"type": "integer", "minimum": least, "maximum": most}
}

func booleanSchema() schema { return schema{"type": "boolean"} }

func oneOfSchema(words ...string) schema { return schema{"enum": words} }

// durationSchema is a time as in time.ParseDuration. A bare 0 is one too.
func durationSchema() schema {
	return schema{"anyOf": []schema{patternSchema(`^([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|ms|s|m|h)`), {"const": 0}}}
}

// percentSchema is a probability.
func percentSchema() schema { return patternSchema(`^[0-9.]+%$`) }

func rateSchema() schema { return patternSchema(`^[0-9.]+(bit|kbit|mbit|gbit)$`) }

// schema is what an argument of an application looks like.
func (k argKind) schema() schema {
	switch k {
	case numberArg:
		return wholeSchema(0, maxNumber)
	case portArg:
		return wholeSchema(1, 65535)
	case durationArg:
		return durationSchema()
	case addressArg:
		return patternSchema(`^.+:[0-9]+$`)
	case prefixArg:
		return patternSchema(`/[0-9]+$`)
	case macArg:
		return patternSchema(`^([0-9a-fA-F]{2}:){5}[0-9a-fA-F]{2}$`)
	case urlArg:
		return patternSchema(`^https?://.+`)
	case poolArg:
		return patternSchema(`^[0-9.]+ *- *[0-9.]+$`)
	case choiceArg:
		return oneOfSchema("yes", "no")
	case certificateArg:
		return oneOfSchema(certificates()...)
	}
	return textSchema()
}

// appSchema is an application: which arguments it may have depends on what it does.
func appSchema() schema {
	common := objectSchema(appKeys())
	var kinds []schema
	for _, kind := range appKinds() {
		properties := schema{"do": schema{"const": kind.name}}
		for _, k := range appKeys() {
			if k.name != "do" {
				properties[k.name] = true
			}
		}
		needed := []string{}
		for _, a := range kind.args {
			properties[a.name] = a.kind.schema().described(a.doc)
			if a.value == "" {
				needed = append(needed, a.name)
			} else {
				properties[a.name].(schema)["default"] = a.value
			}
		}
		kinds = append(kinds, schema{
			"if":   schema{"properties": schema{"do": schema{"const": kind.name}}},
			"then": schema{"properties": properties, "required": needed, "additionalProperties": false},
		})
	}
	delete(common, "additionalProperties")
	common["allOf"] = kinds
	return common
}

// linkSchema is a link: besides its keys, it has faults of each direction, "h1>r1".
func linkSchema() schema {
	s := objectSchema(linkKeys())
	way := directionKeys("a", "b")[0]
	s["patternProperties"] = schema{"^" + hostPattern + ">" + hostPattern + "$": way.value.described(way.doc)}
	return s
}
