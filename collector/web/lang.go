package web

import (
	"net/http"
	"net/url"

	"golang.org/x/text/language"
)

// The languages, as they stand in html's lang.
const (
	english = "en"
	chinese = "zh-Hans"
)

// texts are what is said in a language: a key's text, with fmt verbs for what
// it is about. A key that ends in .one is for a count of one, .other for the
// rest.
type texts map[string]string

// catalogueOfTexts is every text in every language.
func catalogueOfTexts() map[string]texts {
	return map[string]texts{english: englishTexts(), chinese: chineseTexts()}
}

// choose takes the language of the cookie, else of Accept-Language, else English.
func choose(r *http.Request) string {
	switch cookie(r, langCookie) {
	case "en":
		return english
	case "zh":
		return chinese
	}
	header := r.Header.Get("Accept-Language")
	if len(header) > 200 {
		return english
	}
	tags, _, err := language.ParseAcceptLanguage(header)
	if err != nil || len(tags) == 0 {
		return english
	}
	_, i, confidence := language.NewMatcher([]language.Tag{language.English, language.SimplifiedChinese}).Match(tags...)
	if i == 1 && confidence != language.No {
		return chinese
	}
	return english
}

// switchLanguage answers ?lang=en and ?lang=zh: it sets the cookie and leads
// back to the same page.
func switchLanguage(w http.ResponseWriter, r *http.Request, secure bool) bool {
	q := r.URL.Query()
	lang := q.Get("lang")
	if !safe(r.Method) || lang != "en" && lang != "zh" {
		return false
	}
	http.SetCookie(w, &http.Cookie{
		Name: langCookie, Value: lang, Path: "/", MaxAge: 365 * 24 * 3600,
		HttpOnly: true, Secure: secure, SameSite: http.SameSiteLaxMode,
	})
	q.Del("lang")
	to := url.URL{Path: r.URL.Path, RawQuery: q.Encode()}
	back := to.RequestURI()
	if !ownPath(back) {
		back = "/"
	}
	http.Redirect(w, r, back, http.StatusSeeOther)
	return true
}

// inLanguage is the address that shows the same page in another language.
func inLanguage(here *url.URL, lang string) string {
	q := here.Query()
	q.Set("lang", lang)
	to := url.URL{Path: here.Path, RawQuery: q.Encode()}
	if len(to.RawQuery) > 500 {
		to.RawQuery = "lang=" + lang
	}
	return to.RequestURI()
}
