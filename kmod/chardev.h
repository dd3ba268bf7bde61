/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The device node through which userspace asks.
 */
#ifndef _VHOST_VSOCK_FWD_CHARDEV_H
#define _VHOST_VSOCK_FWD_CHARDEV_H

int fwd_chardev_setup(void);
void fwd_chardev_teardown(void);

#endif /* _VHOST_VSOCK_FWD_CHARDEV_H */
