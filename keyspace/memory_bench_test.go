package keyspace

import (
	"strconv"
	"testing"
)

// The tables behind values, with a hundred thousand elements that are looked at in a
// scattered order.

const benchElements = 100_000

func benchNames() [][]byte {
	names := make([][]byte, benchElements)
	for i := range names {
		names[i] = []byte("member:" + strconv.Itoa(i*7919%benchElements))
	}
	return names
}

func BenchmarkSetAddRemove(b *testing.B) {
	names, l := benchNames(), DefaultLimits
	s := &Set{encoding: setHashtable}
	for b.Loop() {
		for _, n := range names {
			s.Add(string(n), &l)
		}
		for _, n := range names {
			s.Remove(n)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/benchElements, "ns/element")
}

func BenchmarkHashGetSet(b *testing.B) {
	names := benchNames()
	h := &Hash{}
	for b.Loop() {
		for _, n := range names {
			h.Set(n, "value", false)
		}
		for _, n := range names {
			h.Get(n)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/benchElements, "ns/element")
}

func BenchmarkSmallHash(b *testing.B) {
	names := benchNames()[:8]
	h := &Hash{}
	for b.Loop() {
		for _, n := range names {
			h.Set(n, "value", false)
			h.Get(n)
		}
	}
}

// BenchmarkKeyTable adds keys, finds each, and removes them.
func BenchmarkKeyTable(b *testing.B) {
	names := benchNames()
	for b.Loop() {
		var t keyTable
		for _, n := range names {
			t.put(newEntry(n, n))
		}
		for range 3 {
			for _, n := range names {
				t.get(n)
			}
		}
		for _, n := range names {
			t.remove(t.get(n))
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/benchElements, "ns/element")
}

// BenchmarkListEnds pushes to a list and takes from it, at both ends.
func BenchmarkListEnds(b *testing.B) {
	l := &List{}
	for i := 0; b.Loop(); i++ {
		l.PushBack([]byte("an element"))
		l.PushFront([]byte("an element"))
		if i%3 == 0 {
			l.PopBack()
			l.PopFront()
		}
		if l.Len() > 10_000 {
			l.Trim(1000, 2000)
		}
	}
}
