package main

import (
	"net/http"
	"strings"
	"sync"
)

// requestLog counts how collections were read: as lists, or as watches that begin with the list.
type requestLog struct {
	mutex   sync.Mutex
	lists   map[string]int
	streams map[string]int
}

func (l *requestLog) wrap(next http.RoundTripper) http.RoundTripper {
	return roundTripper(func(request *http.Request) (*http.Response, error) {
		l.note(request)
		return next.RoundTrip(request)
	})
}

func (l *requestLog) note(request *http.Request) {
	if request.Method != http.MethodGet {
		return
	}
	plural := request.URL.Path[strings.LastIndex(request.URL.Path, "/")+1:]
	query := request.URL.Query()
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if l.lists == nil {
		l.lists, l.streams = map[string]int{}, map[string]int{}
	}
	if query.Get("sendInitialEvents") == "true" {
		l.streams[plural]++
	} else if query.Get("watch") == "" {
		l.lists[plural]++
	}
}

func (l *requestLog) of(plural string) (lists, streams int) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.lists[plural], l.streams[plural]
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(request *http.Request) (*http.Response, error) { return f(request) }
