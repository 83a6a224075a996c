package warehouse

import (
	"strings"
	"testing"
)

func TestLineEnds(t *testing.T) {
	tests := []struct{ about, in, want string }{
		{"none to change", "1,2\n3,4\n", "1,2\n3,4\n"},
		{"both kinds", "1,2\r\n3,4\n5,6\r\n", "1,2\n3,4\n5,6\n"},
		{"within quotes they stay", "1,\"a\r\nb\"\r\n", "1,\"a\r\nb\"\n"},
		{"doubled marks", "\"a\"\"\r\n\",2\r\n", "\"a\"\"\r\n\",2\n"},
		{"a mark within a field opens nothing", "5\" tube,2\r\n3,4\r\n", "5\" tube,2\n3,4\n"},
		{"a lone carriage return stays", "a\rb,2\n", "a\rb,2\n"},
		{"two of them", "a\r\r\n", "a\r\n"},
		{"one at the end", "a,b\r", "a,b\r"},
	}
	for _, tt := range tests {
		t.Run(tt.about, func(t *testing.T) {
			for size := 1; size <= len(tt.in); size++ { // however it is cut into blocks
				var got strings.Builder
				var l lineEnds
				for at := 0; at < len(tt.in); at += size {
					got.Write(l.unify([]byte(tt.in[at:min(at+size, len(tt.in))])))
				}
				got.Write(l.rest())
				if got.String() != tt.want {
					t.Errorf("in blocks of %d: got %q, want %q", size, got.String(), tt.want)
				}
			}
		})
	}
}
