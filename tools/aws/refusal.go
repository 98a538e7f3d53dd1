package aws

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"

	pipewright "github.com/pipewright/pipewright"
)

// Error codes of AWS, by what to do about them.
var (
	badKeys = []string{
		"UnrecognizedClientException", "InvalidClientTokenId", "InvalidSignatureException", "SignatureDoesNotMatch", "ExpiredTokenException",
		"ExpiredToken", "IncompleteSignature", "IncompleteSignatureException", "MissingAuthenticationToken", "MissingAuthenticationTokenException",
		"InvalidAccessKeyId", "OptInRequired", "SubscriptionRequiredException", "RequestExpired",
	}
	throttles = []string{
		"Throttling", "ThrottlingException", "ThrottledException", "RequestThrottled", "RequestThrottledException", "TooManyRequestsException",
		"RequestLimitExceeded", "LimitExceededException", "SlowDown", "BandwidthLimitExceeded",
	}
	missing = []string{"EntityNotFoundException", "ResourceNotFoundException"}
	passing = []string{"InternalServiceException", "InternalServerException", "InternalFailure", "ServiceUnavailable", "ServiceUnavailableException", "OperationTimeoutException"}
)

// refusal turns an error of the SDK into a kind and a sentence that names the
// call, the permission and what to do. ctx is the caller's own.
func (c *Client) refusal(ctx context.Context, o op, err error) error {
	fail := func(kind pipewright.ErrorKind, format string, args ...any) error {
		return pipewright.Errorf(kind, "aws %s: %s", c.cfg.Name, c.safe(fmt.Sprintf(format, args...)))
	}
	var keys *noCredentials
	var garbage *smithy.DeserializationError
	var api smithy.APIError
	switch {
	case ctx.Err() != nil:
		return pipewright.Errorf(pipewright.Unavailable, "aws %s: %s was given up: %w", c.cfg.Name, o, ctx.Err())
	case errors.As(err, &keys):
		return fail(pipewright.Denied, "no credentials for %s (%s): set access_key and secret_key, or give the SDK's default chain a profile or a role", o, cut(oneLine(keys.err.Error()), 200))
	case errors.As(err, &garbage):
		return fail(pipewright.Unavailable, "%s: what answered at %s does not speak AWS's protocol: check endpoint", o, c.host(o, err))
	case errors.As(err, &api):
		kind, advice := c.judge(o, api.ErrorCode(), status(err))
		return fail(kind, "%s: %s (%s)", o, advice, said(api))
	}
	return fail(pipewright.Unavailable, "%s cannot reach %s (%s): check region %q and endpoint, and that this machine may connect", o, c.host(o, err), reason(err), c.cfg.Region)
}

// judge says what an error code means for the caller.
func (c *Client) judge(o op, code string, status int) (pipewright.ErrorKind, string) {
	is := func(codes []string) bool { return slices.Contains(codes, code) }
	switch {
	case is(badKeys):
		return pipewright.Denied, "the credentials were not accepted: check access_key and secret_key, or the SDK's default chain, and this machine's clock"
	case strings.HasPrefix(code, "AccessDenied"), code == "UnauthorizedOperation", code == "NotAuthorized":
		return pipewright.Denied, "not permitted: add " + o.action + " for it to the policy of this identity"
	case is(throttles), status == http.StatusTooManyRequests:
		return pipewright.Unavailable, "throttled: it is tried again at the next poll; poll less often if this lasts"
	case code == "ConcurrentRunsExceededException":
		return pipewright.Conflict, "as many runs are active as MaxConcurrentRuns of the job lets in: wait for one to end"
	case is(missing):
		return pipewright.NotFound, "it does not exist here: check the name and region " + c.cfg.Region
	case is(passing), status >= http.StatusInternalServerError:
		return pipewright.Unavailable, "AWS failed: it is tried again at the next poll"
	case status == http.StatusForbidden, status == http.StatusUnauthorized:
		return pipewright.Denied, "refused: check that " + o.action + " is permitted and the endpoint is right"
	case code == "UnknownError":
		return pipewright.Unavailable, "what answered does not speak AWS's protocol: check endpoint"
	}
	return pipewright.Invalid, "AWS does not accept the call"
}

func status(err error) int {
	var resp *awshttp.ResponseError
	if errors.As(err, &resp) {
		return resp.HTTPStatusCode()
	}
	return 0
}

// said is AWS's own word, bounded.
func said(e smithy.APIError) string {
	if m := oneLine(e.ErrorMessage()); m != "" && m != e.ErrorCode() {
		return cut(e.ErrorCode()+": "+m, 400)
	}
	return e.ErrorCode()
}

// host is where the call went.
func (c *Client) host(o op, err error) string {
	var at *url.Error
	if errors.As(err, &at) {
		if u, err := url.Parse(at.URL); err == nil && u.Host != "" {
			return u.Host
		}
	}
	if u, err := url.Parse(c.cfg.Endpoint); err == nil && u.Host != "" {
		return u.Host
	}
	service, _, _ := strings.Cut(o.action, ":")
	return service + "." + c.cfg.Region + ".amazonaws.com"
}

// reason is the root of a failed connection in a few words.
func reason(err error) string {
	var dns *net.DNSError
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return "no answer in time"
	case errors.As(err, &dns):
		return "the host name is not known"
	}
	for next := errors.Unwrap(err); next != nil; next = errors.Unwrap(err) {
		err = next
	}
	return cut(oneLine(err.Error()), 200)
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// accessKey is an access key id, as AWS repeats it in some messages; session
// credentials and signatures are long words of their alphabet.
var accessKey = regexp.MustCompile(`\b(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{12,}\b|(Credential|Signature|X-Amz-Security-Token)=[^\s,&)]+`)

// safe takes keys out of a text that may repeat them.
func (c Config) safe(s string) string {
	for _, key := range []string{c.SecretKey, c.AccessKey} {
		if len(key) > 3 {
			s = strings.ReplaceAll(s, key, "[key]")
		}
	}
	return accessKey.ReplaceAllString(s, "[key]")
}

func (c *Client) safe(s string) string { return c.cfg.safe(s) }
