package filter_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"netlab/filter"
)

func TestPlaceAt(t *testing.T) {
	for expr, want := range map[string]filter.Place{
		"":                              {Kind: filter.Name},
		"tc":                            {Kind: filter.Name},
		"tcp.fl":                        {Kind: filter.Name},
		"not (tcp.fl":                   {Begin: 5, Kind: filter.Name},
		"tcp and ":                      {Begin: 8, Kind: filter.Name},
		"tcp&&!ic":                      {Begin: 6, Kind: filter.Name},
		"host ":                         {Begin: 5, Kind: filter.Host},
		"tcp and host h":                {Begin: 13, Kind: filter.Host},
		"link r":                        {Begin: 5, Kind: filter.Link},
		"ip.ttl ":                       {Begin: 7, Kind: filter.Operator, Field: "ip.ttl"},
		"tcp.port ma":                   {Begin: 9, Kind: filter.Operator, Field: "tcp.port"},
		"ip.ttl == ":                    {Begin: 10, Kind: filter.Value, Field: "ip.ttl"},
		"ip.ttl eq 6":                   {Begin: 10, Kind: filter.Value, Field: "ip.ttl"},
		"ip.ttl == 64 ":                 {Begin: 13, Kind: filter.Joint},
		"host h1 a":                     {Begin: 8, Kind: filter.Joint},
		"(tcp) ":                        {Begin: 6, Kind: filter.Joint},
		"tcp.port in {80} ":             {Begin: 17, Kind: filter.Joint},
		`tcp.flags contains "S" `:       {Begin: 23, Kind: filter.Joint},
		`tcp.flags contains "S`:         {Begin: 20},
		"seq 1":                         {Begin: 4},
		"tcp.port in {8":                {Begin: 13},
		"tcp.len > 0 #":                 {Begin: 13},
		"tcp.flags == syn or not all i": {Begin: 28, Kind: filter.Name},
	} {
		require.Equal(t, want, filter.PlaceAt(expr, known()), expr)
	}
}
