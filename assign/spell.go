package assign

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"hash/maphash"
	"sync"
	"unsafe"

	"remit/activity"
	"remit/method"
)

// spellColumns are the columns that the spell rule reads, or -1.
type spellColumns struct {
	provider, spell, episode, line, practice, postcode int
}

// spellBook holds what is known of each spell after a first reading of the
// episodes, which may come in any order and lie in several files.
type spellBook struct {
	seeds  [2]maphash.Seed
	shards [64]spellShard
	texts  *texts
	mu     sync.Mutex
}

type spellShard struct {
	mu      sync.Mutex
	entries []spellEntry
	count   int
}

// spellEntry is a spell under its key; a key of zeros marks a free entry.
type spellEntry struct {
	key spellKey
	spell
}

// bytesPerSpell is the most that a spell takes: its entry, in a table that has
// just been doubled because it was seven eighths full.
const bytesPerSpell = int64(unsafe.Sizeof(spellEntry{})) * 16 / 7

// at is the entry of a key, or the free entry where it belongs.
func (s *spellShard) at(k spellKey) *spellEntry {
	mask := uint64(len(s.entries) - 1)
	for i := k[1] & mask; ; i = (i + 1) & mask {
		if e := &s.entries[i]; e.key == k || e.key == (spellKey{}) {
			return e
		}
	}
}

// room makes sure that one more spell can be entered.
func (s *spellShard) room() {
	if s.count < len(s.entries)*7/8 {
		return
	}
	old := s.entries
	s.entries = make([]spellEntry, max(64, 2*len(old)))
	for i := range old {
		if old[i].key != (spellKey{}) {
			*s.at(old[i].key) = old[i]
		}
	}
}

// spellKey is a hash of provider and spell identifier. Two spells of a hundred
// million share one with a chance below 1e-22.
type spellKey [2]uint64

// spell is what its episodes say together.
type spell struct {
	first        Ordinal // the row of the first episode: the earliest of those with its number
	line         uint32  // number of the line's text, or'ed with severalLines; 0: not specialised
	lineEpisode  uint16  // the episode it comes from, the earliest specialised one
	firstEpisode uint16  // the episode at admission
	// The practice and the postcode at admission, up to eight characters.
	practice, postcode uint64
}

// severalLines marks a spell whose specialised episodes carry different lines.
const severalLines = 1 << 31

// readSpells reads the episode files once before the rows are decided.
func (r *run) readSpells(ctx context.Context) error {
	for _, in := range r.inputs {
		if in.plan.spell == nil {
			continue
		}
		if r.spells == nil {
			r.spells = &spellBook{seeds: [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}, texts: newTexts(r.texts)}
		}
		if err := r.readSpellFile(ctx, in); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) readSpellFile(ctx context.Context, in *input) error {
	if in.path == "-" {
		return &InputError{[]string{"-: episodes of a spell must be read twice, which standard input does not allow: give a file"}}
	}
	stream, err := in.open(ctx, r)
	if err != nil {
		return err
	}
	defer stream.Close()
	process := make([]func(block, []byte) done, r.workers())
	for i := range process {
		process[i] = newSpellReader(r.spells, in.plan, newTexts(r.texts)).process
	}
	err = r.pipeline(ctx, stream, in.plan, process, func(done) error { return nil })
	var unreadable *unreadableError
	if errors.As(err, &unreadable) { // reported, with its place, when the rows are decided
		return nil
	}
	return err
}

// spellReader reads episodes in one worker.
type spellReader struct {
	book    *spellBook
	seq     int // of the block
	plan    *layoutPlan
	columns []int
	record  *method.Record
	values  []string
	index   activity.Index
	known   map[string]method.Episode
	texts   *texts
	key     []byte
}

func newSpellReader(book *spellBook, p *layoutPlan, t *texts) *spellReader {
	program := method.Bind(p.methods[0], p.binding)
	return &spellReader{
		book: book, plan: p, columns: program.EpisodeColumns(), record: program.NewRecord(),
		values: make([]string, p.columns), known: map[string]method.Episode{}, texts: t,
	}
}

func (s *spellReader) process(b block, _ []byte) done {
	d := done{block: b}
	s.seq = b.seq
	// Rows that cannot be read are reported when the rows are decided.
	if s.index.Read(b.data, s.plan.delim, s.plan.columns, s.plan.quotes) != nil {
		return d
	}
	for row := 0; row < s.index.Rows(); row++ {
		s.read(row)
	}
	return d
}

func (s *spellReader) read(row int) {
	key, ok := s.book.key(&s.index, s.plan, row)
	if !ok {
		return
	}
	e := s.episode(row)
	if !e.Applies {
		return
	}
	n := spell{first: ordinal(s.seq, row), firstEpisode: s.number(row), practice: s.packed(row, s.plan.spell.practice), postcode: s.packed(row, s.plan.spell.postcode)}
	if e.Specialised && !e.EpisodeOnly && !e.FollowsSpell {
		n.line, n.lineEpisode = s.texts.number(string(s.field(row, s.plan.spell.line))), n.firstEpisode
	}
	s.book.add(key, n)
}

// episode answers the spell rule's questions, once for each combination of the
// fields they depend on.
func (s *spellReader) episode(row int) method.Episode {
	s.key = s.key[:0]
	for _, c := range s.columns {
		s.key = append(s.key, s.field(row, c)...)
		s.key = append(s.key, 0)
	}
	if e, ok := s.known[string(s.key)]; ok {
		return e
	}
	for _, c := range s.columns {
		s.values[c] = string(s.field(row, c))
	}
	s.record.Reset(s.values)
	e := s.record.Episode()
	if len(s.known) > 1<<17 {
		clear(s.known)
	}
	s.known[string(s.key)] = e
	return e
}

func (s *spellReader) field(row, column int) []byte {
	f := s.index.Field(row, column)
	if s.plan.quotes {
		return activity.Unquote(f)
	}
	return f
}

// number is the episode's place in its spell. A missing one comes last.
func (s *spellReader) number(row int) uint16 {
	if s.plan.spell.episode < 0 {
		return 0
	}
	n := 0
	f := s.field(row, s.plan.spell.episode)
	for _, c := range f {
		if c < '0' || c > '9' || n > 6000 {
			return 65535
		}
		n = n*10 + int(c-'0')
	}
	if len(f) == 0 {
		return 65535
	}
	return uint16(n)
}

// packed is a short field in one word; longer ones are left to their own rows.
func (s *spellReader) packed(row, column int) uint64 {
	if column < 0 {
		return 0
	}
	f := s.field(row, column)
	if len(f) > 8 {
		return 0
	}
	var b [8]byte
	copy(b[:], f)
	return binary.LittleEndian.Uint64(b[:])
}

// writePlain adds a code to a hash without blanks around it and in upper case,
// so that RJ7 and " rj7" are one provider.
func writePlain(h *maphash.Hash, field []byte) {
	for _, c := range bytes.TrimSpace(field) {
		if 'a' <= c && c <= 'z' {
			c -= 'a' - 'A'
		}
		h.WriteByte(c)
	}
}

// key is the row's spell; ok is false when the row names none.
func (b *spellBook) key(x *activity.Index, p *layoutPlan, row int) (k spellKey, ok bool) {
	field := func(column int) []byte {
		if p.quotes {
			return activity.Unquote(x.Field(row, column))
		}
		return x.Field(row, column)
	}
	id := field(p.spell.spell)
	if len(id) == 0 {
		return k, false
	}
	var h maphash.Hash
	for i, seed := range b.seeds {
		h.SetSeed(seed)
		if p.spell.provider >= 0 {
			writePlain(&h, field(p.spell.provider))
		}
		h.WriteByte(0)
		writePlain(&h, id)
		k[i] = h.Sum64()
	}
	return k, true
}

// add joins what an episode says to what is known of its spell. The order in
// which episodes come makes no difference.
func (b *spellBook) add(k spellKey, n spell) {
	shard := &b.shards[k[0]%uint64(len(b.shards))]
	shard.mu.Lock()
	defer shard.mu.Unlock()
	shard.room()
	have := shard.at(k)
	if have.key != k {
		*have = spellEntry{k, n}
		shard.count++
		return
	}
	if n.line != 0 {
		several := have.line & severalLines
		have.line &^= severalLines
		if have.line != 0 && have.line != n.line {
			several = severalLines
		}
		if have.line == 0 || b.earlierLine(n, have.spell) {
			have.line, have.lineEpisode = n.line, n.lineEpisode
		}
		have.line |= several
	}
	if n.firstEpisode < have.firstEpisode || n.firstEpisode == have.firstEpisode && n.first < have.first {
		have.first = n.first
	}
	if n.firstEpisode < have.firstEpisode || n.firstEpisode == have.firstEpisode && (n.practice < have.practice || n.practice == have.practice && n.postcode < have.postcode) {
		have.firstEpisode, have.practice, have.postcode = n.firstEpisode, n.practice, n.postcode
	}
}

func (b *spellBook) earlierLine(n, have spell) bool {
	if n.lineEpisode != have.lineEpisode {
		return n.lineEpisode < have.lineEpisode
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.texts.text(n.line) < b.texts.text(have.line)
}

// find gives what is known of a spell once all episodes have been read.
func (b *spellBook) find(k spellKey) (spell, bool) {
	shard := &b.shards[k[0]%uint64(len(b.shards))]
	if shard.count == 0 {
		return spell{}, false
	}
	e := shard.at(k)
	s := e.spell
	s.line &^= severalLines
	return s, e.key == k
}

func (b *spellBook) note() SpellNote {
	n := SpellNote{BytesPerSpell: bytesPerSpell}
	for i := range b.shards {
		for _, s := range b.shards[i].entries {
			if s.key == (spellKey{}) {
				continue
			}
			n.Spells++
			if s.line != 0 {
				n.Specialised++
			}
			if s.line&severalLines != 0 {
				n.Conflicting++
			}
		}
	}
	return n
}

// substitution is what the spell rule puts in the place of a row's own fields:
// the spell's line, and the practice and postcode at admission.
type substitution struct {
	columns [3]int
	texts   [3][]byte // with slack behind them
	on      [3]bool
}

func (s *substitution) text(column int) ([]byte, bool) {
	for i, c := range s.columns {
		if c == column && s.on[i] {
			return s.texts[i], true
		}
	}
	return nil, false
}

func (s *substitution) set(i, column int, text string) {
	s.columns[i], s.on[i] = column, column >= 0
	buf := append(s.texts[i][:0], text...)
	for j := 0; j < activity.Slack; j++ {
		buf = append(buf, 0)
	}
	s.texts[i] = buf[:len(text)]
}

func (s *substitution) setPacked(i, column int, word uint64) {
	if word == 0 {
		return
	}
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], word)
	n := len(b)
	for n > 0 && b[n-1] == 0 {
		n--
	}
	s.set(i, column, string(b[:n]))
}

// substitute prepares the row's fields as its spell has them, and notes for what
// is written beside the answer how the row stands in it.
func (w *worker) substitute(engines []*engine, p *layoutPlan, row int, stands *InSpell) {
	if p.spell == nil {
		return
	}
	*stands = InSpell{}
	w.sub.on = [3]bool{}
	engines[0].substitute = &w.sub
	k, ok := w.spells.key(&w.index, p, row)
	if !ok {
		return
	}
	s, ok := w.spells.find(k)
	if !ok {
		return
	}
	*stands = InSpell{Known: true, Later: s.first != ordinal(w.seq, row), Line: w.texts.text(s.line)}
	w.sub.setPacked(1, p.spell.practice, s.practice)
	w.sub.setPacked(2, p.spell.postcode, s.postcode)
	if s.line != 0 {
		w.sub.set(0, p.spell.line, w.texts.text(s.line))
		return
	}
	if w.episodes == nil || w.episodes.plan != p {
		w.episodes = newSpellReader(w.spells, p, w.texts)
	}
	w.episodes.index = w.index
	if w.episodes.episode(row).FollowsSpell {
		w.sub.set(0, p.spell.line, "")
	}
}
