package config

import (
	"slices"
	"strings"
)

// LLM is the language model that plans and phrases answers. Without a vendor there
// is none, and the built-in planner answers.
type LLM struct {
	Vendor       string   `yaml:"vendor"` // openai, azure, anthropic
	URL          string   `yaml:"url"`    // empty: the vendor's own
	Model        string   `yaml:"model"`
	Key          Secret   `yaml:"key"`
	Organisation string   `yaml:"organisation"`
	APIVersion   string   `yaml:"api_version"` // azure
	Embeddings   string   `yaml:"embeddings"`  // model for embeddings; empty: none
	Small        bool     `yaml:"small"`
	Review       bool     `yaml:"review"`
	MaxCalls     int      `yaml:"max_calls"`  // for one question
	MaxTokens    int      `yaml:"max_tokens"` // for one question
	MaxCost      float64  `yaml:"max_cost"`   // for one question; 0: no bound
	DailyCost    float64  `yaml:"daily_cost"` // 0: no bound
	Timeout      Duration `yaml:"timeout"`    // for one question
	PerMinute    int      `yaml:"per_minute"` // calls; 0: no bound
	PriceIn      float64  `yaml:"price_in"`   // for a million tokens
	PriceOut     float64  `yaml:"price_out"`
}

// Given reports whether a model is configured.
func (l LLM) Given() bool { return l.Vendor != "" }

var vendors = []string{"openai", "azure", "anthropic"}

func (l LLM) check(f *faults) {
	if !l.Given() {
		if l.Model != "" || l.URL != "" || l.Key.Given() {
			f.add("llm.vendor", "say which: %s", strings.Join(vendors, ", "))
		}
		return
	}
	if !slices.Contains(vendors, l.Vendor) {
		f.add("llm.vendor", "%q is not one of %s; a local server with OpenAI's API is openai", l.Vendor, strings.Join(vendors, ", "))
	}
	if l.Model == "" {
		f.add("llm.model", "name the model, or the deployment on azure")
	}
	if l.URL != "" {
		checkURL(f, "llm.url", l.URL, "http", "https")
	}
	if l.URL == "" && l.Vendor == "azure" {
		f.add("llm.url", "azure needs the address of your resource, such as https://NAME.openai.azure.com")
	}
	if !l.Key.Given() && (l.Vendor != "openai" || l.URL == "") { // a local server may need none
		f.add("llm.key", "refer to it with {env: NAME} or {file: PATH}")
	}
	l.checkBounds(f)
}

func (l LLM) checkBounds(f *faults) {
	if l.MaxCalls < 2 {
		f.add("llm.max_calls", "at least 2: one to read, one to answer")
	}
	if l.MaxTokens < 2000 {
		f.add("llm.max_tokens", "at least 2000, or no question fits")
	}
	if l.Timeout <= 0 {
		f.add("llm.timeout", "must be longer than 0s")
	}
	if l.PerMinute < 0 {
		f.add("llm.per_minute", "must not be negative")
	}
	for _, n := range []struct {
		key string
		is  float64
	}{{"max_cost", l.MaxCost}, {"daily_cost", l.DailyCost}, {"price_in", l.PriceIn}, {"price_out", l.PriceOut}} {
		if n.is < 0 {
			f.add("llm."+n.key, "must not be negative")
		}
	}
	if (l.MaxCost > 0 || l.DailyCost > 0) && l.PriceIn == 0 && l.PriceOut == 0 {
		f.add("llm.price_in", "a bound on money needs the prices: price_in and price_out, for a million tokens")
	}
}
