package main

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
)

// With --offline the transport of the process refuses every request; without it
// requests go through.
func TestOfflineCutsTheNetwork(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer server.Close()
	for _, c := range []struct {
		args []string
		want error
	}{{[]string{"version"}, nil}, {[]string{"version", "--offline"}, errOffline}, {[]string{"--offline", "rules", "list"}, errOffline}} {
		net := &network{online: http.DefaultTransport}
		ctx := context.WithValue(context.Background(), networkKey{}, net)
		var out, complaints bytes.Buffer
		if code := run(ctx, c.args, &out, &complaints); code != 0 {
			t.Fatalf("%v: exit code %d: %s", c.args, code, &complaints)
		}
		response, err := (&http.Client{Transport: net}).Get(server.URL)
		if !errors.Is(err, c.want) {
			t.Errorf("%v: %v, want %v", c.args, err, c.want)
		}
		if response != nil {
			response.Body.Close()
		}
	}
}
