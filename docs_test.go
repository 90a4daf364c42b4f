package netlab

import (
	"bufio"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// citation finds the sections of RFCs that comments, documentation and wire.Refs name:
// "RFC 9293, Section 3.10.7.4", "RFC 9293, Sections 3.8.1 and …" (the first), "RFC 9293 §3.1", RFC("9293", "3.1").
func citation() *regexp.Regexp {
	return regexp.MustCompile(`RFC (\d+)(?:,? Sections? |,? §)([A-K]?[\d.]*\d|Appendix [A-K]|[A-K]\b)|RFC\("(\d+)", "([^"]*)"\)`)
}

// A citation that leads nowhere is worse than none: a student follows it.
func TestEveryCitedSectionExists(t *testing.T) {
	lists := map[string]map[string]bool{}
	cited := 0
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() && (d.Name() == ".git" || d.Name() == "testdata") {
			return skip(err)
		}
		if ext := filepath.Ext(path); d.IsDir() || ext != ".go" && ext != ".md" && ext != ".yaml" {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		// A citation may run over the end of a comment's line.
		joined := regexp.MustCompile(`\s*\n\s*(//|\*)?\s*`).ReplaceAllString(string(text), " ")
		for _, m := range citation().FindAllStringSubmatch(joined, -1) {
			number, section := m[1]+m[3], strings.TrimPrefix(m[2]+m[4], "Appendix ")
			if section == "" {
				continue
			}
			cited++
			if lists[number] == nil {
				lists[number] = sectionsOf(t, number)
			}
			if !lists[number][section] {
				t.Errorf("%s cites RFC %s, Section %s, which is not in testdata/rfc/%s.txt", path, number, section, number)
			}
		}
		return nil
	})
	require.NoError(t, err)
	require.Greater(t, cited, 50, "the pattern finds citations")
}

func skip(err error) error {
	if err != nil {
		return err
	}
	return fs.SkipDir
}

// sectionsOf reads an RFC's list. The sections that others lie in count too: 3 where 3.1 is listed.
func sectionsOf(t *testing.T, number string) map[string]bool {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", "rfc", number+".txt"))
	if err != nil {
		t.Errorf("RFC %s is cited, but its sections are not in testdata/rfc (see the README there)", number)
		return map[string]bool{}
	}
	defer f.Close()
	sections := map[string]bool{}
	for s := bufio.NewScanner(f); s.Scan(); {
		section, _, _ := strings.Cut(s.Text(), " ")
		for {
			sections[section] = true
			i := strings.LastIndexByte(section, '.')
			if i < 0 {
				break
			}
			section = section[:i]
		}
	}
	return sections
}
