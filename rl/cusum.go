package rl

// cusum watches for predictions that have become too good to be true (Page
// 1954): S = max(0, S + (p - y) - drift), an alarm when S exceeds its limit.
const (
	cusumDrift = .15
	cusumLimit = 2
)

func cusum(s, predicted float64, recovered bool) float64 {
	return max(0, s+predicted-truth(recovered)-cusumDrift)
}
