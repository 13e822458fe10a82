"""Optimizers: rules of `mlcourse.optimizers`, at work on all parameters of a model."""

from mlcourse.optimizers import rules

GD, Momentum, Nesterov = rules.sgd, rules.momentum, rules.nesterov
RMSprop, Adam, AdamW = rules.rmsprop, rules.adam, rules.adamw


class Updates:
    """So many steps of an optimizer, each with all parameters of some layers."""

    def __init__(self, optimizer, layers, steps):
        places = [(layer, name) for layer in layers for name in layer.params]
        self.states = {(layer, name): optimizer.init(layer.params[name]) for layer, name in places}
        self.optimizer, self.rates, self.t = optimizer, optimizer.rates(steps), 0

    def apply(self):
        """Takes the next step, from the gradients that `backward` left in the layers."""
        rate, self.t = self.rates[self.t], self.t + 1
        for (layer, name), state in self.states.items():
            step = self.optimizer.update(layer.params[name], layer.grads[name], state, rate, self.t)
            layer.params[name], self.states[layer, name] = step
