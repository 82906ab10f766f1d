package signing

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// ErrNoToken says that the surroundings offer no identity token.
var ErrNoToken = errors.New("no identity token: neither SIGSTORE_ID_TOKEN nor GitHub Actions with the permission id-token: write")

// tokenAudience is whom the token is for; Fulcio accepts no other.
const tokenAudience = "sigstore"

// AmbientToken finds the identity token a CI system offers: SIGSTORE_ID_TOKEN (GitLab and others), else the one GitHub
// Actions gives on request. getenv is usually os.Getenv. The network is used for GitHub only.
func AmbientToken(ctx context.Context, getenv func(string) string, client *http.Client) (string, error) {
	if token := getenv("SIGSTORE_ID_TOKEN"); token != "" {
		return token, nil
	}
	where, bearer := getenv("ACTIONS_ID_TOKEN_REQUEST_URL"), getenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN")
	if where == "" || bearer == "" {
		return "", ErrNoToken
	}
	token, err := githubToken(ctx, client, where, bearer)
	if err != nil {
		return "", fmt.Errorf("asking GitHub Actions for an identity token: %w", err)
	}
	return token, nil
}

func githubToken(ctx context.Context, client *http.Client, where, bearer string) (string, error) {
	u, err := url.Parse(where)
	if err != nil {
		return "", errors.New("its address is no URL") // without the cause, which would repeat it
	}
	query := u.Query()
	query.Set("audience", tokenAudience)
	u.RawQuery = query.Encode()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return "", err
	}
	request.Header.Set("Authorization", "bearer "+bearer)
	response, err := client.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return "", fmt.Errorf("status %s", response.Status)
	}
	var answer struct {
		Value string `json:"value"`
	}
	if err := json.NewDecoder(io.LimitReader(response.Body, 1<<20)).Decode(&answer); err != nil {
		return "", err
	}
	if answer.Value == "" {
		return "", errors.New("the answer holds none")
	}
	return answer.Value, nil
}
