package capture

import (
	"testing"

	"github.com/stretchr/testify/require"

	"netlab/ether"
)

func TestTheKeyOfTags(t *testing.T) { require.Equal(t, ether.TagLayout().Key, tagLayer) }
