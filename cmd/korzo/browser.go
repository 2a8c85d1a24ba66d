package main

import (
	"log/slog"
	"os"
	"os/exec"
	"runtime"
)

// browse opens a page in the person's browser, when there is a screen. That it
// could not is no failure: the address was printed.
func browse(url string) {
	name, args := "xdg-open", []string{url}
	switch runtime.GOOS {
	case "darwin":
		name = "open"
	case "windows":
		name, args = "rundll32", []string{"url.dll,FileProtocolHandler", url}
	default:
		if os.Getenv("DISPLAY") == "" && os.Getenv("WAYLAND_DISPLAY") == "" {
			return
		}
	}
	command := exec.Command(name, args...)
	if err := command.Start(); err != nil {
		slog.Debug("open a browser", "error", err)
		return
	}
	go func() { _ = command.Wait() }() // ends with the browser's launcher
}
