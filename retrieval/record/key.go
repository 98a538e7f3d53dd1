package record

import "strings"

// mostKeyLines is how many lines a private key may have; those of 16,384 bits have about 200.
const mostKeyLines = 400

// privateKey knows the lines of a private key (RFC 7468). They stay together whatever time each of
// them carries: a line of one by itself is not known for what it is, and would not be redacted.
type privateKey struct{ left int }

// begins looks for the first line of a key.
func (k *privateKey) begins(line string) {
	if i := strings.Index(line, "-----BEGIN "); i >= 0 && strings.Contains(line[i:], "PRIVATE KEY") && !strings.Contains(line[i:], "-----END ") {
		k.left = mostKeyLines
	}
}

// goesOn reports whether a line belongs to the key that has begun.
func (k *privateKey) goesOn(line string) bool {
	if k.left == 0 {
		return false
	}
	line = strings.TrimSpace(line)
	if k.left--; strings.HasPrefix(line, "-----END ") {
		k.left = 0
		return true
	}
	if strings.Trim(line, base64Text) == "" || strings.HasPrefix(line, "Proc-Type:") || strings.HasPrefix(line, "DEK-Info:") {
		return true
	}
	k.left = 0
	return false
}

// base64Text is what the lines of a key are made of.
const base64Text = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
