package method

import (
	"os"
	"sync"
	"testing"

	"remit/methods"
	"remit/register"
)

// shipped is the reference pack, loaded once for all tests.
var shipped = sync.OnceValues(func() (*register.Pack, error) { return register.LoadShipped() })

// testLibrary finds shipped methods by name and others in testdata.
func testLibrary(t testing.TB) Library {
	t.Helper()
	pack, err := shipped()
	if err != nil {
		t.Fatal(err)
	}
	return Library{Pack: pack, Open: func(name string) ([]byte, string, error) {
		if src, err := methods.Files.ReadFile(name + ".yaml"); err == nil {
			return src, name + ".yaml", nil
		}
		src, err := os.ReadFile("testdata/" + name + ".yaml")
		return src, name + ".yaml", err
	}}
}

func mustLoad(t testing.TB, spec string) *Method {
	t.Helper()
	m, err := testLibrary(t).Load(spec)
	if err != nil {
		t.Fatalf("loading %s: %v", spec, err)
	}
	return m
}
