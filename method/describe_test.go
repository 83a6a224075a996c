package method

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestDescribe(t *testing.T) {
	var got bytes.Buffer
	if err := mustLoad(t, "tiny").Describe(&got); err != nil {
		t.Fatal(err)
	}
	const golden = "testdata/tiny.txt"
	if *update {
		if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.Bytes(), want) {
		t.Errorf("it differs from %s (go test -update writes it anew):\n%s", golden, got.String())
	}
}

func TestDescriptionHasEveryPart(t *testing.T) {
	m := mustLoad(t, "cam-2024-25+A2=dental")
	d := m.Description()
	if len(d.Boxes) != len(m.Boxes) || len(d.Ends) != len(m.Ends) || len(d.Warnings) != len(m.Warnings) || len(d.Facts) != len(m.Facts) {
		t.Errorf("parts are missing: %d boxes, %d ends, %d warnings, %d facts", len(d.Boxes), len(d.Ends), len(d.Warnings), len(d.Facts))
	}
	for _, w := range d.Warnings {
		if w.When == "" || w.Do == "" {
			t.Errorf("warning %s: when %q, do %q", w.Code, w.When, w.Do)
		}
	}
	js, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"spec":"cam-2024-25+A2=dental"`, `"box":"C-0b"`, `"chosen":"dental"`} {
		if !strings.Contains(string(js), want) {
			t.Errorf("the JSON lacks %s", want)
		}
	}
}

func TestSources(t *testing.T) {
	sources, err := testLibrary(t).Sources("cam-2024-25+A2=dental")
	if err != nil {
		t.Fatal(err)
	}
	if len(sources) != 2 || sources[0].File != "cam-2024-25.yaml" || sources[1].File != "cam-2025-26.yaml" {
		t.Fatalf("got %d sources", len(sources))
	}
	if !strings.Contains(sources[0].Text, "based_on: cam-2025-26") {
		t.Error("the first source is not the method's own file")
	}
}
