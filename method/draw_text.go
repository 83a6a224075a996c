package method

import (
	"slices"
	"strings"
)

// Sizes of the drawing, in its own units: four to the millimetre on A3, so that
// ten units are the 7 points below which print on a wall cannot be read.
const (
	textSize  = 10.5
	smallSize = 10.0
	lineStep  = 12
)

// letterWidth is the width of the printable ASCII characters of Arial in
// thousandths of its size, from the space on. Other characters count as wide.
var letterWidth = [...]int{
	278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278,
	556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556,
	1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778,
	667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556,
	333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556,
	556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
}

// textWidth estimates how wide a text is drawn. Bold Arial is about a tenth wider.
func textWidth(s string, size float64, bold bool) float64 {
	sum := 0
	for _, r := range s {
		switch i := int(r) - ' '; {
		case i >= 0 && i < len(letterWidth):
			sum += letterWidth[i]
		case r == '·':
			sum += 333
		default:
			sum += 800
		}
	}
	if bold {
		sum += sum / 10
	}
	return float64(sum) * size / 1000
}

// wrap breaks a text into lines no wider than width. A single word that is
// wider is broken within, since nothing may stand outside its box.
func wrap(s string, width, size float64, bold bool) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(s) {
		for _, piece := range split(word, width, size, bold) {
			longer := strings.TrimSpace(line + " " + piece)
			if line != "" && textWidth(longer, size, bold) > width {
				lines, line = append(lines, line), piece
				continue
			}
			line = longer
		}
	}
	if line != "" {
		lines = append(lines, line)
	}
	return balance(lines, s, width, size, bold)
}

// balance makes the lines of a text about equally long when that costs no line.
func balance(lines []string, s string, width, size float64, bold bool) []string {
	if len(lines) < 2 || len(lines) > 3 {
		return lines
	}
	for narrower := width * 0.95; narrower > width/2; narrower *= 0.95 {
		tried := wrapPlain(s, narrower, size, bold)
		if len(tried) > len(lines) || slices.ContainsFunc(tried, func(l string) bool { return textWidth(l, size, bold) > narrower }) {
			break
		}
		lines = tried
	}
	return lines
}

func wrapPlain(s string, width, size float64, bold bool) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(s) {
		longer := strings.TrimSpace(line + " " + word)
		if line != "" && textWidth(longer, size, bold) > width {
			lines, line = append(lines, line), word
			continue
		}
		line = longer
	}
	return append(lines, line)
}

func split(word string, width, size float64, bold bool) []string {
	var pieces []string
	piece := ""
	for _, r := range word {
		if piece != "" && textWidth(piece+string(r), size, bold) > width {
			pieces, piece = append(pieces, piece), ""
		}
		piece += string(r)
	}
	return append(pieces, piece)
}

// stack joins phrases with a dot where they fit on one line.
func stack(phrases []string, width, size float64) []string {
	var lines []string
	for _, p := range phrases {
		if n := len(lines); n > 0 {
			if joined := lines[n-1] + " · " + p; textWidth(joined, size, false) <= width {
				lines[n-1] = joined
				continue
			}
		}
		lines = append(lines, wrap(p, width, size, false)...)
	}
	return lines
}
