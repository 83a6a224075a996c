package web

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
)

// The cost of a password, the second choice of the OWASP Password Storage Cheat
// Sheet for argon2id: 19 MiB, two passes, one lane. It stands in every hash, so
// that it can be raised without making anybody choose anew.
const (
	passwordMemory = 19 * 1024 // KiB
	passwordTime   = 2
	passwordLanes  = 1
	passwordSalt   = 16
	passwordKey    = 32

	passwordShortest = 12
	passwordLongest  = 128
)

// hashing bounds how many passwords are worked on at once, and with it the memory
// that sign-in can take.
var hashing = make(chan struct{}, 4)

// hashPassword is the argon2id hash of a password in the usual form:
// $argon2id$v=19$m=19456,t=2,p=1$salt$key.
func hashPassword(password string) string {
	salt := make([]byte, passwordSalt)
	rand.Read(salt) // never fails
	key := passwordKeyOf(password, salt, passwordTime, passwordMemory, passwordLanes, passwordKey)
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, passwordMemory, passwordTime, passwordLanes, b64.EncodeToString(salt), b64.EncodeToString(key))
}

func passwordKeyOf(password string, salt []byte, time, memory uint32, lanes uint8, length uint32) []byte {
	hashing <- struct{}{}
	defer func() { <-hashing }()
	return argon2.IDKey([]byte(password), salt, time, memory, lanes, length)
}

var errHash = errors.New("the hash of a password cannot be read")

// passwordFits says whether a password is the one of the hash, in a time that does
// not tell how far they agree.
func passwordFits(password, hash string) (bool, error) {
	part := strings.Split(hash, "$")
	if len(part) != 6 || part[1] != "argon2id" {
		return false, errHash
	}
	var version int
	var memory, time uint32
	var lanes uint8
	if _, err := fmt.Sscanf(part[2]+" "+part[3], "v=%d m=%d,t=%d,p=%d", &version, &memory, &time, &lanes); err != nil || version != argon2.Version || time == 0 || lanes == 0 {
		return false, errHash
	}
	salt, errSalt := base64.RawStdEncoding.DecodeString(part[4])
	key, errKey := base64.RawStdEncoding.DecodeString(part[5])
	if errSalt != nil || errKey != nil || len(key) < 16 {
		return false, errHash
	}
	return subtle.ConstantTimeCompare(passwordKeyOf(password, salt, time, memory, lanes, uint32(len(key))), key) == 1, nil
}

// noPassword is the hash that is worked on when there is no account of the name,
// so that an answer takes as long as for one that is there. New makes it: other
// commands must not wait for it, and the first to sign in must not tell by it.
var noPassword = sync.OnceValue(func() string { return hashPassword(rand.Text()) })

// commonPasswords are refused although they are long enough. They are compared
// without case, and so are those that repeat a few letters.
var commonPasswords = []string{
	"123456789012", "1234567890123", "12345678901234", "123456789123", "1234567890qwerty", "0123456789ab", "abcdefghijkl", "abcdefghijklmnop",
	"qwertyuiop12", "qwertyuiop123", "qwertyuiopasdf", "qwerty123456", "1q2w3e4r5t6y", "1qaz2wsx3edc", "q1w2e3r4t5y6", "zaq12wsxcde3", "asdfghjkl123",
	"password1234", "password12345", "password123456", "password2024", "password2025", "password2026", "passwordpassword", "mypassword123", "p@ssw0rd1234", "p@ssword1234",
	"welcome12345", "welcome123456", "letmein12345", "letmeinplease", "changeme1234", "changemeplease", "administrator", "administrator1", "admin1234567", "adminpassword",
	"iloveyou1234", "trustno1trustno1", "liverpool123", "manchester123", "nhsengland123", "nhspassword1", "correcthorsebatterystaple", "commissioning", "commissioner1",
}

// passwordFault says what is wrong with a new password, or nothing. Length is what
// counts; no kinds of characters are asked for.
func passwordFault(password, name string) string {
	lower := strings.ToLower(password)
	switch n := utf8.RuneCountInString(password); {
	case password == "":
		return "Enter a password"
	case n < passwordShortest:
		return fmt.Sprintf("The password must be at least %d characters long; three words or more do well", passwordShortest)
	case n > passwordLongest:
		return fmt.Sprintf("The password must be at most %d characters long", passwordLongest)
	case !utf8.ValidString(password):
		return "The password has characters that cannot be read; type it again"
	case name != "" && strings.Contains(lower, strings.ToLower(name)):
		return "The password must not hold the name of the account"
	}
	seen := map[rune]bool{}
	for _, r := range lower {
		seen[r] = true
	}
	if len(seen) < 5 {
		return "The password repeats a few characters; choose one that is hard to guess"
	}
	if slices.Contains(commonPasswords, lower) {
		return "The password is one that many people use; choose one that is hard to guess"
	}
	return ""
}
