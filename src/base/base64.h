/* Texts in base64 (RFC 4648, padded). */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

/* Both are for free(). NULL: no memory, or what is to be decoded is none (blanks are let pass). */
char *base64_encode(const char *text);
char *base64_decode(const char *text);

#endif
