/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Whether somebody looks at packets.
 */
#ifndef _VHOST_VSOCK_FWD_CAPTURE_H
#define _VHOST_VSOCK_FWD_CAPTURE_H

#include <linux/types.h>

int fwd_capture_setup(void);
void fwd_capture_teardown(void);
bool fwd_capture_is_on(void);

#endif /* _VHOST_VSOCK_FWD_CAPTURE_H */
