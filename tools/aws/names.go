package aws

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"unicode"

	pipewright "github.com/pipewright/pipewright"
)

// maxName is the longest name, in bytes, that a resource's spelling holds.
const maxName = 200

func jobID(name string) pipewright.ResourceID {
	return pipewright.NewResourceID("glue", "job", spelled(name))
}

func groupID(name string) pipewright.ResourceID {
	return pipewright.NewResourceID("cloudwatch", "log_group", spelled(name))
}

// Account is the resource that stands for the account itself: what cannot be
// read of it is said in its log.
func (c *Client) Account() pipewright.ResourceID {
	return pipewright.NewResourceID("aws", "account", spelled(c.cfg.Name))
}

// spelled writes a name as part of a resource: Glue allows blanks and up to 255
// characters. A blank becomes %20; a name that is too long ends in its hash.
func spelled(name string) string {
	var b strings.Builder
	for _, r := range name {
		if r == '%' || unicode.IsSpace(r) || unicode.IsControl(r) {
			for _, c := range []byte(string(r)) {
				fmt.Fprintf(&b, "%%%02X", c)
			}
			continue
		}
		b.WriteRune(r)
	}
	s := b.String()
	if len(s) <= maxName {
		return s
	}
	sum := sha256.Sum256([]byte(name))
	return cut(s, maxName-9) + "~" + hex.EncodeToString(sum[:4])
}

// cut shortens s to at most n bytes, between two characters.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "")
}
