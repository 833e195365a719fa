/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The one form of PKCS#7 that the kernel's sign-file writes, read without OpenSSL.
 */
#ifndef FORMAT_PKCS7_PLAIN_H
#define FORMAT_PKCS7_PLAIN_H

#include "libkmod/format/pkcs7.h"

/*
 * Reads @message if it is of that form, to its last byte. Then the result is that of OpenSSL.
 * Returns 1 with *@ret_facts, as pkcs7_read(); 0 when it is not, and nothing is known of it;
 * -ENOMEM.
 */
int pkcs7_read_plain(struct span message, struct pkcs7_facts *ret_facts);

#endif
