# The README's two commands are demo and test; `make help` lists the rest.
export CGO_ENABLED = 0

GO_FLAGS := -trimpath
LISTEN   ?= 127.0.0.1:8080
DATA     ?= demo
FUZZTIME ?= 5s

.PHONY: help demo build test lint bench fuzz generate vuln clean

help:  ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

demo: build  ## build Korzo and open a shop with goods, customers and orders
	bin/korzo demo --listen $(LISTEN) --data $(DATA)

build:  ## build bin/korzo, one static binary
	go build $(GO_FLAGS) -o bin/korzo ./cmd/korzo

test:  ## everything: formats, walls, lint, both databases, races, short fuzzing
	@FUZZTIME=$(FUZZTIME) scripts/test.sh

lint:  ## vet and golangci-lint
	@scripts/lint.sh

bench: build  ## what the machine and Korzo do, side by side, as JSON
	bin/korzo bench

fuzz:  ## fuzz every target for FUZZTIME (make fuzz FUZZTIME=5m)
	@FUZZTIME=$(FUZZTIME) scripts/fuzz.sh ./...

generate:  ## write the _templ.go files anew
	@scripts/generate.sh

vuln:  ## look for known vulnerabilities in what we build on
	@scripts/vuln.sh

clean:  ## remove what was built
	rm -rf bin
