"""Arrays as a dataset of TensorFlow's, without the thread that makes epochs end late."""

import keras


def array_dataset(arrays, batch_size, shuffle=False):
    """Return a `tf.data.Dataset` of batches of arrays, in the order that Keras gives them.

    Keras reads arrays through a dataset of its own, and tf.data tunes that in a thread that sleeps
    as long again as the epoch has taken, up to a minute. If the epoch ends meanwhile, it waits for
    the thread. This dataset switches the tuning off, in its own options.

    Args:
        arrays: structure of NumPy arrays, (n, ...), such as (x, y). Floats become Keras's `floatx`.
        batch_size: number of examples in a batch; the last one may be smaller.
        shuffle: whether each epoch has another random order, which follows from Keras's seed.
    """
    import tensorflow as tf

    arrays = keras.tree.map_structure(_in_floatx, keras.tree.lists_to_tuples(arrays))
    count = len(keras.tree.flatten(arrays)[0])

    def order(_):
        rows = tf.range(count, dtype=tf.int64)
        return tf.random.shuffle(rows) if shuffle else rows

    def batch(rows, whole):
        return tf.nest.map_structure(lambda array: tf.gather(array, rows), whole)

    rows = tf.data.Dataset.range(1).map(order).flat_map(tf.data.Dataset.from_tensor_slices)
    whole = tf.data.Dataset.from_tensors(arrays).repeat()
    batches = tf.data.Dataset.zip((rows.batch(batch_size), whole)).map(batch, num_parallel_calls=2)
    untuned = tf.data.Options()
    untuned.autotune.enabled = False
    n_batches = -(-count // batch_size)
    counted = batches.prefetch(4).apply(tf.data.experimental.assert_cardinality(n_batches))
    return counted.with_options(untuned)


def _in_floatx(array):
    return array.astype(keras.config.floatx(), copy=False) if array.dtype.kind == "f" else array
