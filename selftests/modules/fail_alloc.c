// SPDX-License-Identifier: GPL-2.0
/*
 * Fails one allocation that the module under test makes, or the kernel on its
 * behalf: stock kernels have no fault injection.
 *
 *	insmod fail_alloc.ko target=vhost_vsock_fwd
 *	echo 3 > /sys/module/fail_alloc/parameters/nth
 *	(do something)
 *	cat /sys/module/fail_alloc/parameters/nth	# 0: the third has failed
 *
 * An allocation counts if a function of the target is among its callers, but
 * not vmalloc(), which answers with a trace that is no fault of the target. The
 * probes sit on the entries of the allocators and, for the one to fail, return
 * NULL in their place.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kallsyms.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/stacktrace.h>

#define FAIL_CALLERS_MAX 48

static char *target = "";
module_param(target, charp, 0444);
MODULE_PARM_DESC(target, "module whose allocations count");

static atomic_t nth = ATOMIC_INIT(0);

static int nth_set(const char *value, const struct kernel_param *param)
{
	unsigned int number;
	int err = kstrtouint(value, 0, &number);

	if (!err)
		atomic_set(&nth, number);
	return err;
}

static int nth_get(char *buffer, const struct kernel_param *param)
{
	return sysfs_emit(buffer, "%d\n", atomic_read(&nth));
}

static const struct kernel_param_ops nth_ops = {
	.set = nth_set,
	.get = nth_get,
};

module_param_cb(nth, &nth_ops, NULL, 0644);
MODULE_PARM_DESC(nth, "fail the nth allocation from now on; counts down to 0");

/* As sprint_symbol() writes it behind the symbols of the target. */
static char target_suffix[MODULE_NAME_LEN + 2];

static bool counts(void)
{
	unsigned long callers[FAIL_CALLERS_MAX];
	char symbol[KSYM_SYMBOL_LEN];
	unsigned int count, i;

	count = stack_trace_save(callers, ARRAY_SIZE(callers), 0);
	for (i = 0; i < count; i++) {
		sprint_symbol(symbol, callers[i]);
		if (str_has_prefix(symbol, "__vmalloc_node_range"))
			return false;
		if (strstr(symbol, target_suffix))
			return true;
	}
	return false;
}

/* Runs in place of an allocator. */
static notrace noinline void *return_null(void)
{
	return NULL;
}

static int on_allocation(struct kprobe *probe, struct pt_regs *regs)
{
	if (!atomic_read(&nth) || !in_task() || !counts())
		return 0;
	if (atomic_dec_return(&nth))
		return 0;
	instruction_pointer_set(regs, (unsigned long)return_null);
	return 1;
}

/* With it, a probe may change where execution goes on. */
static void after_allocation(struct kprobe *probe, struct pt_regs *regs,
			     unsigned long flags)
{
}

/* A kernel has some of them. */
static const char *const allocators[] = {
	"kmalloc_trace",
	"kmalloc_node_trace",
	"kmem_cache_alloc",
	"kmem_cache_alloc_lru",
	"kmem_cache_alloc_node",
	"__kmalloc",
	"__kmalloc_node",
	"__kmalloc_node_track_caller",
	"kvmalloc_node",
	"__kmalloc_cache_noprof",
	"__kmalloc_cache_node_noprof",
	"kmem_cache_alloc_noprof",
	"kmem_cache_alloc_lru_noprof",
	"kmem_cache_alloc_node_noprof",
	"__kmalloc_noprof",
	"__kmalloc_node_noprof",
	"__kvmalloc_node_noprof",
	"get_free_pages_noprof",
	"__get_free_pages",
	"get_zeroed_page",
	"get_zeroed_page_noprof",
};

static struct kprobe probes[ARRAY_SIZE(allocators)];

static void unregister_probes(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(probes); i++)
		if (probes[i].addr)
			unregister_kprobe(&probes[i]);
}

static int __init fail_alloc_init(void)
{
	unsigned int i, registered = 0;

	if (!*target) {
		pr_err("no target\n");
		return -EINVAL;
	}
	snprintf(target_suffix, sizeof(target_suffix), "[%s", target);

	for (i = 0; i < ARRAY_SIZE(probes); i++) {
		probes[i].symbol_name = allocators[i];
		probes[i].pre_handler = on_allocation;
		probes[i].post_handler = after_allocation;
		if (register_kprobe(&probes[i]))
			probes[i].addr = NULL;
		else
			registered++;
	}
	if (!registered) {
		pr_err("this kernel has no allocator that is known here\n");
		return -ENODEV;
	}
	return 0;
}

static void __exit fail_alloc_exit(void)
{
	unregister_probes();
}

module_init(fail_alloc_init);
module_exit(fail_alloc_exit);

MODULE_DESCRIPTION("Fails an allocation of a module under test");
MODULE_AUTHOR("The vsockfwd developers");
MODULE_LICENSE("GPL");
