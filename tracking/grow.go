package tracking

// A node becomes one of the next smaller kind when it has this few children left. The
// smaller one then has some room to spare, so that nodes do not go back and forth.
const (
	shrink16  = 3
	shrink48  = 12
	shrink256 = 37
)

// newNode makes a node4 with a piece and no children.
func (t *nodes) newNode(b []byte) ref {
	r := kind4 | ref(t.n4.add())
	t.head(r).piece = t.pieces.put(b)
	return r
}

// addChild adds a child to the node that slot refers to. If the node has no room, a
// larger one replaces it in slot.
func (t *nodes) addChild(slot *ref, b byte, child ref) {
	switch r := *slot; r.kind() {
	case kind4:
		if x := t.n4.at(r.place()); x.n < 4 {
			insertChild(&x.head, x.bytes[:], x.children[:], b, child)
			return
		}
		*slot = t.grow4(r)
	case kind16:
		if x := t.n16.at(r.place()); x.n < 16 {
			insertChild(&x.head, x.bytes[:], x.children[:], b, child)
			return
		}
		*slot = t.grow16(r)
	case kind48:
		if x := t.n48.at(r.place()); x.n < 48 {
			x.add(b, child)
			return
		}
		*slot = t.grow48(r)
	default:
		x := t.n256.at(r.place())
		x.children[b] = child
		x.n++
		return
	}
	t.addChild(slot, b, child) // now there is room
}

func insertChild(h *head, bytes []byte, children []ref, b byte, child ref) {
	i := int(h.n)
	for ; i > 0 && bytes[i-1] > b; i-- {
		bytes[i], children[i] = bytes[i-1], children[i-1]
	}
	bytes[i], children[i] = b, child
	h.n++
}

func (x *node48) add(b byte, child ref) {
	i := 0
	for x.children[i] != 0 {
		i++
	}
	x.children[i] = child
	x.index[b] = byte(i + 1)
	x.n++
}

func (t *nodes) grow4(r ref) ref {
	place := t.n16.add()
	x, y := t.n4.at(r.place()), t.n16.at(place)
	y.head = x.head
	copy(y.bytes[:], x.bytes[:])
	copy(y.children[:], x.children[:])
	t.n4.drop(r.place())
	return kind16 | ref(place)
}

func (t *nodes) grow16(r ref) ref {
	place := t.n48.add()
	x, y := t.n16.at(r.place()), t.n48.at(place)
	y.head = x.head
	copy(y.children[:], x.children[:])
	for i, b := range x.bytes {
		y.index[b] = byte(i + 1)
	}
	t.n16.drop(r.place())
	return kind48 | ref(place)
}

func (t *nodes) grow48(r ref) ref {
	place := t.n256.add()
	x, y := t.n48.at(r.place()), t.n256.at(place)
	y.head = x.head
	for b, i := range x.index {
		if i != 0 {
			y.children[b] = x.children[i-1]
		}
	}
	t.n48.drop(r.place())
	return kind256 | ref(place)
}

// removeChild removes the child for byte b, which must exist, from the node that slot
// refers to. A smaller node may replace that one in slot.
func (t *nodes) removeChild(slot *ref, b byte) {
	switch r := *slot; r.kind() {
	case kind4:
		x := t.n4.at(r.place())
		deleteChild(&x.head, x.bytes[:], x.children[:], b)
	case kind16:
		x := t.n16.at(r.place())
		if deleteChild(&x.head, x.bytes[:], x.children[:], b); x.n <= shrink16 {
			*slot = t.shrink16(r)
		}
	case kind48:
		x := t.n48.at(r.place())
		x.children[x.index[b]-1] = 0
		x.index[b] = 0
		if x.n--; x.n <= shrink48 {
			*slot = t.shrink48(r)
		}
	default:
		x := t.n256.at(r.place())
		x.children[b] = 0
		if x.n--; x.n <= shrink256 {
			*slot = t.shrink256(r)
		}
	}
}

func deleteChild(h *head, bytes []byte, children []ref, b byte) {
	i := 0
	for bytes[i] != b {
		i++
	}
	copy(bytes[i:], bytes[i+1:h.n])
	copy(children[i:], children[i+1:h.n])
	h.n--
	children[h.n] = 0
}

func (t *nodes) shrink16(r ref) ref {
	place := t.n4.add()
	x, y := t.n16.at(r.place()), t.n4.at(place)
	y.head = x.head
	copy(y.bytes[:], x.bytes[:x.n])
	copy(y.children[:], x.children[:x.n])
	t.n16.drop(r.place())
	return kind4 | ref(place)
}

func (t *nodes) shrink48(r ref) ref {
	place := t.n16.add()
	x, y := t.n48.at(r.place()), t.n16.at(place)
	y.head = x.head
	i := 0
	for b, at := range x.index {
		if at != 0 {
			y.bytes[i], y.children[i] = byte(b), x.children[at-1]
			i++
		}
	}
	t.n48.drop(r.place())
	return kind16 | ref(place)
}

func (t *nodes) shrink256(r ref) ref {
	place := t.n48.add()
	x, y := t.n256.at(r.place()), t.n48.at(place)
	y.head = x.head
	y.n = 0
	for b, child := range x.children {
		if child != 0 {
			y.add(byte(b), child)
		}
	}
	t.n256.drop(r.place())
	return kind48 | ref(place)
}

// dropNode4 drops a node that has at most one child. The child itself stays.
func (t *nodes) dropNode4(r ref) {
	t.pieces.drop(t.head(r).piece)
	t.n4.drop(r.place())
}
