//go:build !unix

package main

func bearLimits() {} // there are none
