package dataset

import (
	"strings"
	"time"
)

// isISODate tells whether a text is a date or a time of ISO 8601 as python-dateutil
// 2.9.0 reads it (parser/isoparser.py), which is what the reference asks.
func isISODate(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	year, month, day, rest, ok := isoDay(s)
	if !ok {
		return false
	}
	if rest == "" {
		return true
	}
	return isISOTime(rest[1:], year == 9999 && month == 12 && day == 31) // any one character parts them
}

// isoNumber takes n digits off.
func isoNumber(s string, n int) (value int, rest string, ok bool) {
	if len(s) < n || digits(s[:n]) != n {
		return 0, s, false
	}
	for _, c := range s[:n] {
		value = 10*value + int(c-'0')
	}
	return value, s[n:], true
}

// isoDay reads the date, and tells it.
func isoDay(s string) (year, month, day int, rest string, ok bool) {
	if year, month, day, rest, ok = commonDay(s); ok {
		return year, month, day, rest, isDay(year, month, day)
	}
	return uncommonDay(s)
}

func isDay(year, month, day int) bool {
	d := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	return year >= 1 && month >= 1 && month <= 12 && day >= 1 && d.Day() == day && d.Month() == time.Month(month)
}

// commonDay reads YYYY, YYYY-MM, YYYYMM, YYYY-MM-DD and YYYYMMDD.
func commonDay(s string) (year, month, day int, rest string, ok bool) {
	year, rest, ok = isoNumber(s, 4)
	if !ok || rest == "" {
		return year, 1, 1, rest, ok
	}
	sep := rest[0] == '-'
	if sep {
		rest = rest[1:]
	}
	if month, rest, ok = isoNumber(rest, 2); !ok {
		return 0, 0, 0, s, false
	}
	if rest == "" {
		return year, month, 1, rest, sep
	}
	if sep {
		if rest[0] != '-' {
			return 0, 0, 0, s, false
		}
		rest = rest[1:]
	}
	day, rest, ok = isoNumber(rest, 2)
	return year, month, day, rest, ok
}

// uncommonDay reads the day of a week, YYYY-Www-D, or of a year, YYYY-DDD.
func uncommonDay(s string) (year, month, day int, rest string, ok bool) {
	year, rest, ok = isoNumber(s, 4)
	if !ok || year < 1 {
		return 0, 0, 0, s, false
	}
	sep := strings.HasPrefix(rest, "-")
	rest = strings.TrimPrefix(rest, "-")
	var d time.Time
	if after, isWeek := strings.CutPrefix(rest, "W"); isWeek {
		d, rest, ok = isoWeek(year, after, sep)
	} else {
		d, rest, ok = isoOrdinal(year, rest)
	}
	return d.Year(), int(d.Month()), d.Day(), rest, ok && d.Year() >= 1 && d.Year() <= 9999
}

func isoWeek(year int, s string, sep bool) (time.Time, string, bool) {
	week, rest, ok := isoNumber(s, 2)
	day := 1
	if ok && rest != "" {
		if (rest[0] == '-') != sep {
			return time.Time{}, s, false
		}
		if sep {
			rest = rest[1:]
		}
		day, rest, ok = isoNumber(rest, 1)
	}
	if !ok || week < 1 || week > 53 || day < 1 || day > 7 {
		return time.Time{}, s, false
	}
	fourth := time.Date(year, 1, 4, 0, 0, 0, 0, time.UTC) // always in the first week
	monday := (int(fourth.Weekday()) + 6) % 7
	return fourth.AddDate(0, 0, 7*(week-1)+day-1-monday), rest, true
}

func isoOrdinal(year int, s string) (time.Time, string, bool) {
	n, rest, ok := isoNumber(s, 3)
	first := time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC)
	d := first.AddDate(0, 0, n-1)
	return d, rest, ok && n >= 1 && d.Year() == year
}

// isISOTime reads hh, hh:mm, hh:mm:ss and hh:mm:ss.ffffff, with or without
// colons and an offset. 24:00 is the start of the day after, which the last day
// of all has not.
func isISOTime(s string, lastDay bool) bool {
	if len(s) < 2 {
		return false
	}
	parts := [4]int{}
	sep := false
	for n := 0; s != "" && n < 5; n++ {
		if strings.IndexByte("-+Zz", s[0]) >= 0 {
			if !isOffset(s) {
				return false
			}
			s = ""
			break
		}
		switch {
		case n == 1 && s[0] == ':':
			sep, s = true, s[1:]
		case n == 2 && sep:
			if s[0] != ':' {
				return false
			}
			s = s[1:]
		}
		ok := true
		if n < 3 {
			parts[n], s, ok = isoNumber(s, 2)
		} else if n == 3 {
			parts[n], s = fraction(s)
		}
		if !ok {
			return false
		}
	}
	if s != "" {
		return false
	}
	if parts[0] == 24 {
		return parts[1] == 0 && parts[2] == 0 && parts[3] == 0 && !lastDay
	}
	return parts[0] < 24 && parts[1] < 60 && parts[2] < 60
}

// fraction takes a fraction of a second off, where there is one.
func fraction(s string) (value int, rest string) {
	if s == "" || s[0] != '.' && s[0] != ',' || digits(s[1:]) == 0 {
		return 0, s
	}
	n := digits(s[1:])
	for _, c := range s[1 : 1+min(n, 6)] {
		value = 10*value + int(c-'0')
	}
	return value, s[1+n:]
}

// isOffset tells whether a text is Z or an offset: +hh, +hhmm or +hh:mm.
func isOffset(s string) bool {
	if s == "Z" || s == "z" {
		return true
	}
	if len(s) != 3 && len(s) != 5 && len(s) != 6 || s[0] != '+' && s[0] != '-' {
		return false
	}
	hours, rest, ok := isoNumber(s[1:], 2)
	if !ok || hours > 23 {
		return false
	}
	if rest == "" {
		return true
	}
	minutes, rest, ok := isoNumber(strings.TrimPrefix(rest, ":"), 2)
	return ok && rest == "" && minutes < 60
}
