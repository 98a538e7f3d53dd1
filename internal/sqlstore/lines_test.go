package sqlstore

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	pipewright "github.com/pipewright/pipewright"
)

func nameOfUID(uid string) [16]byte {
	return LineUID(7, pipewright.LogLine{UID: uid}, map[[16]byte]uint64{})
}

func TestNamesOfLinesAreAsManyAsTheirUIDs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		uids := rapid.SliceOfNDistinct(rapid.StringMatching(`[a0]{0,2}@?[0-9]{0,17}`), 2, 40, rapid.ID).Draw(t, "uids")
		seen := map[[16]byte]string{}
		for _, uid := range uids {
			if uid == "" {
				continue // no UID at all
			}
			before, taken := seen[nameOfUID(uid)]
			require.False(t, taken, "%q and %q", before, uid)
			seen[nameOfUID(uid)] = uid
		}
	})
}

func TestNamesOfLinesKeepTheOrderOfOffsets(t *testing.T) {
	before := nameOfUID("512-ab@99")
	for _, uid := range []string{"512-ab@100", "512-ab@70000", "512-ab@99999999999999"} {
		after := nameOfUID(uid)
		require.Equal(t, -1, bytes.Compare(before[:], after[:]), uid)
		before = after
	}
}
