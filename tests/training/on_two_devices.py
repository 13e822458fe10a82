"""Train on one CPU and on two virtual ones, and print the results as JSON.

`test_distribution` runs it in a process of its own, for the devices are made before the first use.
"""

import json
import threading

import keras
import numpy as np

from mlcourse import training
from mlcourse.training import distribution, speed

BACKEND = keras.backend.backend()
TWO = ["cpu:0", "cpu:1"]
RNG = np.random.default_rng(0)
X = RNG.normal(size=(44, 4)).astype("float32")
Y = (X[:, 0] > 0).astype("int32")
EVEN = {"validation_data": (X[:10], Y[:10]), "batch_size": 8, "shuffle": False, "verbose": 0}


class Steps(keras.callbacks.Callback):
    """Record the number of steps per call."""

    def on_epoch_begin(self, epoch, logs=None):
        self.count = self.model.steps_per_execution


def network(normalized=True):
    training.set_seed(0)
    layers = [keras.layers.Dense(3, activation="tanh"), keras.layers.Dense(2, "softmax")]
    if normalized:
        whole_batch = {"synchronized": True} if BACKEND == "tensorflow" else {}
        layers.insert(1, keras.layers.BatchNormalization(**whole_batch))
    model = keras.Sequential([keras.Input((4,)), *layers])
    model.compile(keras.optimizers.SGD(0.5), "sparse_categorical_crossentropy")
    return model


def fit(model, **options):
    steps = Steps()
    history = training.fit(
        model, X, Y, **{"epochs": 3, "callbacks": [steps], **EVEN, **options}
    ).history
    weights = [np.ravel(one).tolist() for one in model.get_weights()]
    return {"history": history, "weights": weights, "steps": steps.count}


def device_count(model):
    value = model.weights[0].value
    return len(value.sharding.device_set if BACKEND == "jax" else getattr(value, "values", [0]))


def error(function, *args, **options):
    try:
        function(*args, **options)
    except ValueError as refused:
        return str(refused)
    return None


def enter(**options):
    with training.distribute(**options):
        pass


def in_a_thread(function):
    found = []
    thread = threading.Thread(target=lambda: found.append(function()))
    thread.start()
    thread.join()
    return found[0]


def where():
    """Return the device of the weights of a new network."""
    return str(network().weights[0].value.device)


def broken():
    with training.distribute(TWO):
        raise ValueError("broken")


def facts():
    found = {"one": fit(network()), "one, plain": fit(network(False), validation_data=None)}
    outside = network()
    speed.MIN_STEPS = speed.MIN_XLA_STEPS = 1  # multi-step execution for a short fit on one device
    with training.distribute(TWO) as replicas:
        model = network()
        found |= {"text": str(replicas), "devices": device_count(model), "two": fit(model)}
        thread = distribution.with_devices(lambda: distribution.n_replicas(model))
        found["shares, in a thread"] = in_a_thread(thread)
        found["uneven"] = {
            "outside": error(fit, outside),
            "batches": error(fit, model, batch_size=9),
            "rest": error(training.fit, model, X[:43], Y[:43], **EVEN),
            "validation": error(fit, model, validation_data=(X[:9], Y[:9])),
            "split": error(fit, model, validation_data=None, validation_split=0.25),
        }
    found["after"] = model.predict(X[:7], verbose=0).sum(axis=1).tolist()
    with training.distribute(("CPU:0", "/device:CPU:1")):  # the same devices, another model
        for epochs in (2, 3):
            kept = {"run": "run", "epochs": epochs, "validation_data": None}
            found["two, plain, kept"] = fit(network(False), **kept)
    found["broken"] = error(broken)
    found["devices after an error"] = device_count(network())
    with training.distribute(TWO[1:]) as replicas:
        found["second"] = [str(replicas), where(), in_a_thread(distribution.with_devices(where))]
    with training.distribute() as replicas:  # all GPUs; there are none
        found["none"] = [str(replicas), device_count(network())]
    found["mixed"] = error(enter, devices=["cpu:0", "cpu:2"])
    return found


def make_two_devices():
    """Create two virtual CPUs on TensorFlow; XLA_FLAGS does it on JAX."""
    if BACKEND == "tensorflow":
        import tensorflow as tf

        cpus = tf.config.list_physical_devices("CPU")
        two = [tf.config.LogicalDeviceConfiguration()] * 2
        tf.config.set_logical_device_configuration(cpus[0], two)


if __name__ == "__main__":
    make_two_devices()
    print(json.dumps(facts(), default=float))
