// SPDX-License-Identifier: GPL-2.0
/* Proves that the compiler and the headers work at all, for any kernel. */
#include <linux/module.h>

MODULE_LICENSE("GPL");
