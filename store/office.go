package store

import (
	"archive/zip"
	"bytes"
	"unicode/utf8"
)

// officeType tells a workbook and a text of Office Open XML apart by the part that
// each must have. Those with macros are refused: they carry a program.
func officeType(content []byte) string {
	z, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return ""
	}
	parts := map[string]bool{}
	for _, f := range z.File {
		parts[f.Name] = true
	}
	switch {
	case !parts["[Content_Types].xml"] || parts["xl/vbaProject.bin"] || parts["word/vbaProject.bin"]:
		return ""
	case parts["xl/workbook.xml"]:
		return typeXLSX
	case parts["word/document.xml"]:
		return typeDOCX
	}
	return ""
}

// textCharset is the encoding of plain text, or blank where there are control
// characters. What is not UTF-8 is taken for the encoding of Windows in England.
func textCharset(content []byte) string {
	for _, b := range content {
		if b < ' ' && b != '\n' && b != '\r' && b != '\t' && b != '\f' || b == 0x7f {
			return ""
		}
	}
	if utf8.Valid(content) {
		return "utf-8"
	}
	return "windows-1252"
}
