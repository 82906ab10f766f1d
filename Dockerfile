FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=devel
RUN CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=$VERSION" -o /glassbox ./cmd/glassbox

# With a shell, which the jobs of GitLab need: docker build --target shell
FROM busybox:1.37 AS shell
COPY --from=build /glassbox /usr/local/bin/glassbox
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
USER 65532:65532
WORKDIR /release
ENTRYPOINT ["/usr/local/bin/glassbox"]

# The program, certificates for Sigstore, and nothing else:
#   docker run --rm --network none -v "$PWD/my-model:/release:ro" glassbox audit
FROM scratch
COPY --from=build /glassbox /glassbox
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY LICENSE /LICENSE
USER 65532:65532
WORKDIR /release
ENTRYPOINT ["/glassbox"]
