package sim_test

import (
	"bytes"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"netlab/labs"
	"netlab/sim"
)

// TestTheSchemaOfTheDocumentation holds docs/topology.schema.json to what is declared.
func TestTheSchemaOfTheDocumentation(t *testing.T) {
	golden(t, "../../docs/topology.schema.json", string(sim.Schema()))
}

func compileSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(sim.Schema()))
	require.NoError(t, err)
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	c.AssertVocabs()
	require.NoError(t, c.AddResource("lab.json", doc))
	s, err := c.Compile("lab.json")
	require.NoError(t, err)
	return s
}

// validate holds a lab file against the schema, as an editor does.
func validate(t *testing.T, s *jsonschema.Schema, file []byte) error {
	t.Helper()
	j, err := yaml.YAMLToJSON(file)
	require.NoError(t, err)
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(j))
	require.NoError(t, err)
	return s.Validate(v)
}

func TestTheLabsFollowTheSchema(t *testing.T) {
	s := compileSchema(t)
	for _, name := range labs.Names() {
		b, err := labs.Open(name)
		require.NoError(t, err)
		require.NoError(t, validate(t, s, b), name)
	}
}

// TestTheSchemaFindsMistakes: those that a schema can find.
func TestTheSchemaFindsMistakes(t *testing.T) {
	s := compileSchema(t)
	const good = `
hosts: {h1: {role: client, routes: [{to: 10.5.0.0/16, via: 10.0.1.2}]}, h2: {role: server}}
links: {h1-h2: {delay: 1ms, h1>h2: {loss: 1%}}}
apps: [{host: h1, do: ping, to: h2, at: 0s, count: 1}]
`
	require.NoError(t, validate(t, s, []byte(good)))
	for _, change := range [][2]string{
		{"hosts:", "hots:"},
		{"role: client", "rol: client"},
		{"role: client, ", ""},
		{"role: client", "role: clint"},
		{"via: 10.0.1.2", "va: 10.0.1.2"},
		{"h1: {", "h>1: {"},
		{"h1-h2: {", "h1_h2: {"},
		{"delay: 1ms", "delay: soon"},
		{"delay: 1ms", "dely: 1ms"},
		{"loss: 1%", "loss: 1"},
		{"loss: 1%", "lose: 1%"},
		{"to: h2", "two: h2"},
		{"to: h2, ", ""},
		{"do: ping", "do: pong"},
		{"count: 1", "count: -1"},
		{"count: 1", "url: x"},
		{"at: 0s", "at: never"},
	} {
		bad := bytes.Replace([]byte(good), []byte(change[0]), []byte(change[1]), 1)
		require.NotEqual(t, good, string(bad), "%v", change)
		require.Error(t, validate(t, s, bad), "%v", change)
	}
}
