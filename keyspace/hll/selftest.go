package hll

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
)

// SelfTest checks what PFSELFTEST promises: that registers of the dense encoding do not
// touch each other, that both encodings estimate the same, and that the estimate is as
// close as it should be. limit is that of [Sketch.Add].
func SelfTest(r *rand.Rand, limit int64) error {
	if err := testRegisters(r); err != nil {
		return err
	}
	return testEstimate(r.Uint64(), limit)
}

func testRegisters(r *rand.Rand) error {
	var want [registers]uint8
	d := make(dense, denseSize-headerSize)
	for i := range want {
		want[i] = uint8(r.IntN(registerMask + 1))
		d.set(i, want[i])
	}
	for i, rank := range want {
		if got := d.get(i); got != rank {
			return fmt.Errorf("TESTFAILED Register %d should be %d but is %d", i, rank, got)
		}
	}
	return nil
}

const (
	tested        = 1_000_000 // elements
	standardError = 1.04 / 128
	maxErrors     = 6 // standard errors that are still no failure
)

func testEstimate(seed uint64, limit int64) error {
	either, always := New(), New()
	if err := always.ToDense(); err != nil {
		return err
	}
	var element [8]byte
	for n, checkpoint := uint64(1), uint64(1); n <= tested; n++ {
		binary.LittleEndian.PutUint64(element[:], n^seed)
		either.Add(element[:], limit)
		always.Add(element[:], limit)
		if n != checkpoint {
			continue
		}
		checkpoint *= 10
		if err := testCount(n, either, always); err != nil {
			return err
		}
	}
	return nil
}

func testCount(n uint64, either, always Sketch) error {
	got, err := either.Count()
	want, _ := always.Count()
	if err != nil || got != want {
		return errors.New("TESTFAILED dense/sparse disagree")
	}
	if off := math.Abs(float64(got) - float64(n)); off > math.Ceil(standardError*maxErrors*float64(n)) {
		return fmt.Errorf("TESTFAILED Too big error. card:%d abserr:%.0f", n, off)
	}
	return nil
}
