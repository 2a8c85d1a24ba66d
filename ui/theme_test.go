package ui_test

import (
	"fmt"
	"strings"
	"testing"

	"korzo/ui"

	"pgregory.net/rapid"
)

func TestTheLookItselfCanBeRead(t *testing.T) {
	if all := (ui.Theme{}).Unreadables(); len(all) > 0 {
		t.Errorf("%+v", all)
	}
	if css, kept := (ui.Theme{}).CSS(), (ui.Theme{}).String(); css != "" || kept != "" {
		t.Errorf("a shop without a theme is sent %q and keeps %q", css, kept)
	}
}

func TestAThemeThatCannotBeReadIsNamedWithItsRemedy(t *testing.T) {
	for _, c := range []struct {
		name  string
		theme ui.Theme
		want  []string // scheme role/on
	}{
		{"a yellow accent on white", ui.Theme{Light: ui.Colours{"accent": "#ffd400", "on-accent": "#000000"}}, []string{"light accent/surface-sunken"}},
		{"white on a pale button", ui.Theme{Dark: ui.Colours{"on-accent": "#ffffff"}}, []string{"dark on-accent/accent-strong"}},
		{"grey on grey", ui.Theme{Light: ui.Colours{"text-quiet": "#aaaaaa"}}, []string{"light text-quiet/surface-sunken"}},
		{"a navy shop that can be read", ui.Theme{Light: ui.Colours{"accent": "#123a7a", "surface": "#ffffff"}, Dark: ui.Colours{"accent": "#9dc1ff", "on-accent": "#06152e"}}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, u := range c.theme.Unreadables() {
				got = append(got, fmt.Sprintf("%s %s/%s", u.Scheme, u.Role, u.On))
				if u.Ratio >= u.Needs || u.Nearest == "" {
					t.Errorf("%+v", u)
				}
			}
			if fmt.Sprint(got) != fmt.Sprint(c.want) {
				t.Errorf("unreadable: %v, want %v", got, c.want)
			}
		})
	}
}

func TestAThemeSaysNothingButTokens(t *testing.T) {
	evil := ui.Theme{Light: ui.Colours{"accent": "red;}body{display:none", "surface": "#123"}, Dark: ui.Colours{"shadow": "#000000"}, Radius: "9;x", Font: "url(x)"}
	if got := fmt.Sprint(evil.Malformed()); got != "[light.accent light.surface dark.shadow radius font]" {
		t.Error(got)
	}
	if css := evil.CSS(); css != "" {
		t.Errorf("what is no value is sent: %s", css)
	}
	if t2 := ui.ReadTheme(`{"light":3}`); t2.String() != "" {
		t.Error(t2)
	}
	css := ui.Theme{Light: ui.Colours{"accent": "#123a7a"}, Radius: "0", Font: "serif"}.CSS()
	if !strings.Contains(css, ":root{--accent:#123a7a;--accent-strong:#") || !strings.Contains(css, "--radius:0px;--radius-l:0px;") || strings.Contains(css, "dark") {
		t.Error(css)
	}
}

// What follows from a theme can be told from its surface, whatever the theme:
// the frames of fields and the focus reach 3:1 wherever text can be read at all.
func TestWhatFollowsFromAThemeIsSeen(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		theme := ui.Theme{Light: ui.Colours{}}
		for _, role := range ui.Roles {
			theme.Light[role] = fmt.Sprintf("#%06x", rapid.IntRange(0, 0xffffff).Draw(t, role))
		}
		if back := ui.ReadTheme(theme.String()); fmt.Sprint(back) != fmt.Sprint(theme) {
			t.Fatalf("%v was kept as %v", theme, back)
		}
		bad := map[string]bool{}
		for _, u := range theme.Unreadables() {
			bad[u.Role+"/"+u.On] = u.Scheme == ui.Light
		}
		if bad["focus/surface"] && !bad["text/surface"] && !bad["text/surface-sunken"] && !bad["text/surface-raised"] {
			t.Fatalf("the focus is lost where text is read: %v", theme)
		}
	})
}
