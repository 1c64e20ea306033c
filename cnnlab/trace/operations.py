"""What torch's operations cost, and what they are called in a picture."""

import torch
from torch.utils.flop_counter import flop_registry

__all__ = ["ACTIVATIONS", "is_free", "label_of", "macs_of", "pair_of", "pooling_of", "tensors_in"]

aten = torch.ops.aten

# What is shown of operations that are called in a forward and are no layers.
FUNCTIONS = {
    aten.convolution: "convolution",
    aten.addmm: "matrix product",
    aten.mm: "matrix product",
    aten.bmm: "matrix products",
    aten.baddbmm: "matrix products",
    aten.max_pool2d_with_indices: "max pooling",
    aten.avg_pool2d: "average pooling",
    aten._adaptive_avg_pool2d: "average pooling",
    aten.adaptive_max_pool2d: "max pooling",
    aten.max_pool3d_with_indices: "max pooling",
    aten.mean: "average",
    aten.cat: "concatenation",
    aten.stack: "concatenation",
}
# Of them nothing is counted, but they are nodes.
ACTIVATIONS = {
    "relu": "ReLU", "gelu": "GELU", "silu": "SiLU", "sigmoid": "Sigmoid", "tanh": "Tanh",
    "leaky_relu": "LeakyReLU", "elu": "ELU", "hardtanh": "Hardtanh", "hardswish": "Hardswish",
    "hardsigmoid": "Hardsigmoid", "_softmax": "Softmax", "softplus": "Softplus",
    "threshold": "ReLU",
}  # fmt: skip


def _grouped(a, b, *_, **__):
    """Several products at once: each row of `a` meets one of the matrices of `b`."""
    if a.ndim == 3 and b.ndim == 2:  # the columns of b are shared out
        return a.shape[1] * b.numel()
    return a.numel() * b.shape[-1]


PRODUCTS = {  # multiply-accumulates that torch's own counter leaves out
    aten.mv: lambda a, b, **_: a.shape[0] * a.shape[1],
    aten.addmv: lambda _, a, b, **__: a.shape[0] * a.shape[1],
    aten.dot: lambda a, b, **_: a.shape[0],
    aten.vdot: lambda a, b, **_: a.shape[0],
    aten.addbmm: lambda _, a, b, **__: a.shape[0] * a.shape[1] * a.shape[2] * b.shape[2],
    aten._scaled_dot_product_flash_attention_for_cpu: lambda query, key, value, *_, **__: (
        query.shape[:-1].numel() * key.shape[-2] * (query.shape[-1] + value.shape[-1])
    ),
    aten.addr: lambda _, a, b, **__: a.shape[0] * b.shape[0],
    aten._grouped_mm: _grouped,
}
# Neither number by number nor views, and yet without a product that is counted: they add,
# compare, choose, move, or make numbers. Whatever is in no list is noted as not known.
FREE = set(
    """
    _adaptive_avg_pool2d _adaptive_avg_pool3d _assert_async _assert_tensor_metadata
    _conj_physical _embedding_bag_forward_only _fused_rms_norm _has_same_storage_numel
    _local_scalar_dense _log_softmax _native_batch_norm_legit
    _native_batch_norm_legit_no_training _nested_tensor_from_mask _pack_padded_sequence
    _pad_packed_sequence _prelu_kernel
    _reshape_alias _safe_softmax _softmax _to_copy _unique2 _unsafe_index _unsafe_view
    _upsample_nearest_exact1d _upsample_nearest_exact2d _weight_norm_interface
    adaptive_max_pool2d adaptive_max_pool3d all alpha_dropout amax amin aminmax any arange
    argmax argmin argsort as_strided avg_pool1d avg_pool2d avg_pool3d bernoulli bincount
    bucketize cat channel_shuffle clone col2im complex constant_pad_nd copy count_nonzero
    cummax cummin cumprod cumsum detach diag_embed diagonal_copy dropout embedding empty
    empty_like empty_permuted empty_strided equal expand_copy exponential eye fill flip
    fractional_max_pool2d full full_like gather glu histc im2col imag index index_add
    index_copy index_fill index_put index_select is_nonzero is_same_size isin item kthvalue
    lift lift_fresh linalg_vector_norm linspace log_softmax logcumsumexp logsumexp masked_fill
    masked_scatter masked_select max max_pool1d_with_indices max_pool2d_with_indices
    max_pool3d_with_indices max_unpool2d mean median min mode multinomial nansum
    native_batch_norm native_dropout native_group_norm native_layer_norm new_empty
    new_empty_strided new_full new_ones new_zeros nll_loss_forward nonzero norm normal one_hot
    ones ones_like pixel_shuffle pixel_unshuffle polar prod rand rand_like randint
    randint_like randn randn_like randperm real reflection_pad1d reflection_pad2d
    reflection_pad3d repeat repeat_interleave replication_pad1d replication_pad2d
    replication_pad3d resize resolve_conj resolve_neg roll rot90 scalar_tensor scatter
    scatter_add scatter_reduce searchsorted select_scatter set slice_scatter sort split_copy
    squeeze_copy stack std std_mean sum sym_numel sym_size sym_storage_offset sym_stride topk
    trace tril tril_indices triu triu_indices unbind_copy unfold uniform unique
    unique_consecutive upsample_nearest1d upsample_nearest2d upsample_nearest3d var var_mean
    unsafe_split unsafe_chunk _embedding_bag view_copy zero zeros zeros_like
    """.split()  # noqa: SIM905
)


def tensors_in(output):
    """The tensors in whatever a module or an operation gives or takes."""
    if isinstance(output, torch.Tensor):
        yield output
    elif isinstance(output, dict):
        for part in output.values():
            yield from tensors_in(part)
    elif isinstance(output, (tuple, list)):
        for part in output:
            yield from tensors_in(part)
    elif hasattr(type(output), "__dataclass_fields__"):
        for name in type(output).__dataclass_fields__:
            yield from tensors_in(getattr(output, name, None))


def pair_of(part):
    """Rows and columns from one number or two, as torch's operations take them."""
    parts = list(part) if isinstance(part, (list, tuple, torch.Size)) else [part]
    return parts * 2 if len(parts) == 1 else parts


def pooling_of(args, dilated):
    """(kernel, stride, padding, dilation) of a pooling, as pairs, with what torch leaves out.

    Parameters
    ----------
    args : sequence
        The operation's: what is pooled, and then its numbers.
    dilated : bool
        Whether the operation has a dilation, as that for the largest number.
    """
    _, kernel, *more = args
    stride, padding, *others = (*more, *([], 0)[len(more) :])
    dilation = others[0] if dilated and others else 1
    parts = kernel, stride or kernel, padding, dilation
    return tuple(tuple(map(int, pair_of(part))) for part in parts)


def macs_of(packet, args, kwargs, out):
    """Multiply-accumulates of one operation: a number, or 0 where none are known."""
    # addmm_ is addmm, written into its first argument.
    packet = getattr(aten, packet.__name__.removesuffix("_"), packet)
    if packet in flop_registry:
        return int(flop_registry[packet](*args, **kwargs, out_val=out)) // 2
    if packet in PRODUCTS:
        return PRODUCTS[packet](*args, **kwargs)
    return 0


def is_free(func):
    """Whether it is known that an operation takes no multiply-accumulates to be counted."""
    packet = func._overloadpacket
    name = packet.__name__
    counted = getattr(aten, name.removesuffix("_"), packet)
    if counted in flop_registry or counted in PRODUCTS:
        return True
    if func.namespace not in ("aten", "prim", "prims"):
        return func.namespace == "profiler"
    return (
        torch.Tag.pointwise in func.tags or func.is_view or name.rstrip("_") in FREE or name in FREE
    )


def label_of(func, macs, args):
    """What an operation in a forward is called in the table, or None if it has no row."""
    packet = func._overloadpacket
    added = [x for x in args[:2] if isinstance(x, torch.Tensor) and x.ndim > 1]
    if packet in (aten.add, aten.add_) and len(added) == 2 and added[0].shape == added[1].shape:
        return "sum"
    return FUNCTIONS.get(packet) or (packet.__name__ if macs else None)
