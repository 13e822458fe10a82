"""Six notebooks in the style of courses of 2016 to 2023; a line "# %%" separates cells."""

DIGITS_2016 = """
%matplotlib inline
import numpy as np
from keras.datasets import mnist
from keras.models import Sequential
from keras.layers.core import Dense, Dropout, Activation, Flatten
from keras.layers.convolutional import Convolution2D, MaxPooling2D
from keras.optimizers import SGD
from keras.utils import np_utils
from keras import backend as K
K.set_image_dim_ordering('th')
# %%
nb_classes = 10
(X_train, y_train), (X_test, y_test) = mnist.load_data()
X_train = X_train.reshape(X_train.shape[0], 1, 28, 28).astype('float32') / 255
print 'examples:', X_train.shape[0]
Y_train = np_utils.to_categorical(y_train, nb_classes)
# %%
model = Sequential()
model.add(Convolution2D(32, 3, 3, border_mode='valid', input_shape=(1, 28, 28), init='he_normal'))
model.add(Activation('relu'))
model.add(MaxPooling2D(pool_size=(2, 2), dim_ordering="th"))
model.add(Dropout(p=0.25))
model.add(Flatten())
model.add(Dense(output_dim=nb_classes, W_regularizer=None))
model.add(Activation('softmax'))
sgd = SGD(lr=0.01, momentum=0.9, decay=1e-6, nesterov=True)
model.compile(loss='categorical_crossentropy', optimizer=sgd, class_mode='categorical')
# %%
hist = model.fit(X_train, Y_train, batch_size=128, nb_epoch=12, show_accuracy=True)
classes = model.predict_classes(X_test)
print "errors: %d of %d" % ((classes != y_test).sum(),
                            len(y_test))
proba = model.predict_proba(X_test)
model.save_weights('digits.h5', overwrite=True)
"""

TEXTS_2017 = """
from __future__ import print_function
from keras.preprocessing import sequence
from keras.models import Sequential, model_from_yaml
from keras.layers import Dense, Embedding, LSTM, Merge
from keras.layers.embeddings import Embedding
from keras.layers.normalization import BatchNormalization
from keras.datasets import imdb
import cPickle
# %%
left, right = Sequential(), Sequential()
left.add(Embedding(20000, 64, input_length=80))
left.add(LSTM(64, dropout_W=0.2, dropout_U=0.2, inner_activation='hard_sigmoid'))
model = Sequential()
model.add(Merge([left, right], mode='concat', concat_axis=1))
model.add(BatchNormalization(mode=0, gamma_init='one'))
# %%
try:
    for i in xrange(3):
        print "epoch", i,
except IOError, error:
    print error
if model.get_config().has_key('layers'): print 'layers'
open('m.yaml', 'w').write(model.to_yaml())
model = model_from_yaml(open('m.yaml').read())
"""

TRANSFER_2018 = """
!pip install keras==2.2.4
# %%
import tensorflow as tf
from keras.backend.tensorflow_backend import set_session
config = tf.ConfigProto()
config.gpu_options.allow_growth = True
set_session(tf.Session(config=config))
# %%
from keras.preprocessing.image import ImageDataGenerator, load_img
from keras.applications.vgg16 import VGG16
from keras.callbacks import ModelCheckpoint, EarlyStopping, TensorBoard
from keras import layers, models, optimizers
import matplotlib.pyplot as plt
plt.style.use('seaborn-whitegrid')
# %%
base = VGG16(weights='imagenet', include_top=False, input_shape=(150, 150, 3))
model = models.Sequential([base, layers.Flatten(), layers.Dense(1, activation='sigmoid')])
model.compile(optimizers.RMSprop(lr=2e-5), 'binary_crossentropy', metrics=['accuracy'])
checkpoint = ModelCheckpoint('best.hdf5', monitor='val_acc', save_best_only=True, period=2)
board = TensorBoard('logs', batch_size=32, write_grads=True)
history = model.fit_generator(train, samples_per_epoch=2000, nb_epoch=30,
                              validation_data=valid, nb_val_samples=800,
                              callbacks=[checkpoint, board])
acc, val = history.history['acc'], history.history['val_acc']
print(model.evaluate_generator(test, val_samples=100, workers=4))
print(model.layers[0].output_shape, model.layers[1].input_shape)
"""

MAPS_2019 = """
%tensorflow_version 1.x
# %%
import tensorflow as tf
import keras
import keras.backend as K
from keras.layers import CuDNNLSTM, CuDNNGRU, ThresholdedReLU
from keras.utils import multi_gpu_model
# %%
model = keras.models.load_model('net.h5')
get_maps = K.function([model.layers[0].input, K.learning_phase()], [model.layers[3].output])
grads = K.gradients(model.output, model.input)
loss = K.mean(model.output[:, 3]) / (K.sqrt(K.sum(K.square(x))) + K.epsilon())
K.set_value(model.optimizer.lr, 0.5 * K.get_value(model.optimizer.lr))
lstm = CuDNNLSTM(64, return_sequences=True)(x)
relu = ThresholdedReLU(theta=0.5)
# %%
class Stop(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs={}):
        if logs.get('acc') > 0.99:
            self.model.stop_training = True
        print(K.eval(self.model.optimizer.lr))
model.compile(tf.train.AdamOptimizer(0.001), loss='mse', metrics=['acc'])
"""

TENSORFLOW_2020 = """
import numpy as np
import tensorflow as tf
import tensorflow_addons as tfa
from tensorflow.keras.layers.experimental import preprocessing
from tensorflow.keras.wrappers.scikit_learn import KerasClassifier, KerasRegressor
from tensorflow.keras.optimizers import Adam
# %%
x = tf.compat.v1.placeholder(tf.float32, shape=(None, 784))
optimizer = Adam(lr=1e-3, decay=1e-3 / 20)
normalizer = preprocessing.Normalization()
schedule = tf.keras.experimental.CosineDecay(0.1, 100)
y = y.astype(np.int)
# %%
model.compile(optimizer=optimizer, loss='mse')
path = 'weights.hdf5'
callback = tf.keras.callbacks.ModelCheckpoint(path, save_weights_only=True)
model.fit(train, validation_data=valid, validation_steps=3, workers=4, use_multiprocessing=True)
model.save('my_model', save_format='tf')
model.load_weights(path)
again = tf.keras.models.load_model('my_model.h5')
model.optimizer.lr = 0.1
"""

SCIKIT_2018 = """
from sklearn.cross_validation import train_test_split, cross_val_score
from sklearn.grid_search import GridSearchCV
from sklearn.datasets import load_boston, fetch_mldata
from sklearn.metrics import confusion_matrix, plot_confusion_matrix
from sklearn.externals import joblib
from sklearn.preprocessing import OneHotEncoder
from scipy.misc import imread
import matplotlib.pyplot as plt
import pandas as pd
import numpy as np
# %%
boston = load_boston()
digits = fetch_mldata('MNIST original')
x = pd.DataFrame(boston.data).ix[:, 0].as_matrix().astype(np.float)
encoder = OneHotEncoder(sparse=False)
plot_confusion_matrix(classifier, x, y)
# %%
plt.hist(x, bins=20, normed=True)
ax = plt.figure().gca(projection='3d')
cmap = plt.cm.get_cmap('viridis')
print np.product(x.shape), np.NaN
"""

MODERN = """
import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import layers, ops
from sklearn.metrics import ConfusionMatrixDisplay
from sklearn.model_selection import train_test_split
# %%
keras.utils.set_random_seed(0)
inputs = keras.Input((28, 28, 1))
x = layers.Conv2D(32, 3, strides=2, padding="same", activation="relu")(inputs)
x = layers.Conv2D(32, (3, 3), 2)(x)
x = layers.MaxPooling2D(2)(x)
x = layers.Dropout(0.5)(layers.Flatten()(x))
model = keras.Model(inputs, layers.Dense(10, activation="softmax")(x))
model.compile(keras.optimizers.Adam(learning_rate=1e-3), "mse", metrics=["accuracy"])
# %%
%%time
checkpoint = keras.callbacks.ModelCheckpoint("best.keras", monitor="val_accuracy")
history = model.fit(x, y, epochs=3, validation_split=0.1, callbacks=[checkpoint])
plt.plot(history.history["val_accuracy"])
model.save("model.keras")
model.save_weights("model.weights.h5")
model.load_weights("model.weights.h5")
loaded = keras.models.load_model("model.keras")
labels = model.predict(x).argmax(axis=1)
print(float(model.optimizer.learning_rate), ops.mean(x), np.inf, model.input_shape)
keras.backend.clear_session()
!pip install keras==3.12
"""
COURSES = {
    name: text
    for name, text in list(globals().items())
    if name.endswith(("_2016", "_2017", "_2018", "_2019", "_2020"))
}

FINDINGS = {  # lines "cell.line  replacement"
    "DIGITS_2016": """
1.5  from keras.layers import Dense, Dropout, Activation, Flatten
1.6  from keras.layers import Convolution2D, MaxPooling2D
1.8  import keras
1.10  keras.config.set_image_data_format("channels_first")
2.4  print('examples:', X_train.shape[0])
2.5  keras.utils.to_categorical(y_train, nb_classes)
3.2  Convolution2D(32, (3, 3), padding='valid', input_shape=(1, 28, 28), kernel_initializer='he_normal')
3.4  MaxPooling2D(pool_size=(2, 2), data_format="channels_first")
3.5  Dropout(rate=0.25)
3.7  Dense(units=nb_classes, kernel_regularizer=None)
3.9  SGD(learning_rate=keras.optimizers.schedules.InverseTimeDecay(0.01, 1, 1e-6), momentum=0.9, nesterov=True)
3.10  model.compile(loss='categorical_crossentropy', optimizer=sgd)
4.1  model.fit(X_train, Y_train, batch_size=128, epochs=12)
4.2  model.predict(X_test).argmax(axis=1)
4.3  print("errors: %d of %d" % ((classes != y_test).sum(), len(y_test)))
4.5  model.predict(X_test)
4.6  model.save_weights('digits.weights.h5', overwrite=True)
""",  # noqa: E501
    "TEXTS_2017": """
1.3  from keras.models import Sequential, model_from_json
1.4  import keras; from keras.layers import Dense, Embedding, LSTM
1.5  from keras.layers import Embedding
1.6  from keras.layers import BatchNormalization
1.8  import pickle
2.2  Embedding(20000, 64)
2.3  LSTM(64, dropout=0.2, recurrent_dropout=0.2, recurrent_activation='hard_sigmoid')
2.5  keras.layers.concatenate([left, right], axis=1)
2.6  BatchNormalization(gamma_initializer='one')
3.2  range(3)
3.3  print("epoch", i, end=" ")
3.4  except IOError as error:
3.5  print(error)
3.6  if model.get_config().has_key('layers'): print('layers')
3.6  'layers' in model.get_config()
3.7  model.to_json()
3.8  model_from_json(open('m.yaml').read())
""",
    "TRANSFER_2018": """
1.1  !pip install --upgrade mlcourse
2.2  mlcourse.devices.configure()
2.3  mlcourse.devices.configure()
2.5  mlcourse.devices.configure()
3.1  keras.Sequential([keras.layers.RandomFlip(), keras.layers.Rescaling(1 / 255)])
3.6  plt.style.use('seaborn-v0_8-whitegrid')
4.3  optimizers.RMSprop(learning_rate=2e-5)
4.4  ModelCheckpoint('best.keras', monitor="val_accuracy", save_best_only=True, save_freq=2 * steps)
4.5  TensorBoard('logs')
4.6  model.fit(train, steps_per_epoch=2000 // batch_size, epochs=30, validation_data=valid, validation_steps=800 // batch_size, callbacks=[checkpoint, board])
4.9  history.history["accuracy"]
4.9  history.history["val_accuracy"]
4.10  model.evaluate(test, steps=100 // batch_size)
4.11  print(model.layers[0].output.shape, model.layers[1].input.shape)
""",  # noqa: E501
    "MAPS_2019": """
1.1  import keras
2.4  from keras.layers import LSTM, GRU, ReLU
2.5  mlcourse.training.distribute()
3.1  keras.models.load_model('net.h5', compile=False)
3.2  keras.Model([model.layers[0].input], [model.layers[3].output])
3.2  model(x, training=True)
3.3  mlcourse.inspection.gradients(model, x, y)
3.4  keras.ops.mean(model.output[:, 3])
3.4  keras.ops.sqrt(keras.ops.sum(keras.ops.square(x)))
3.4  keras.ops.sum(keras.ops.square(x))
3.4  keras.ops.square(x)
3.5  model.optimizer.learning_rate = 0.5 * float(model.optimizer.learning_rate)
3.5  float(model.optimizer.learning_rate)
3.6  LSTM(64, return_sequences=True)
3.7  ReLU(threshold=0.5)
4.5  keras.ops.convert_to_numpy(self.model.optimizer.learning_rate)
4.6  keras.optimizers.Adam(0.001)
""",
    "TENSORFLOW_2020": """
1.3  keras.optimizers.AdamW(0.001, weight_decay=0.0001)
1.4  import keras
1.5  from mlcourse.tuning import KerasClassifier, KerasRegressor
1.6  from keras.optimizers import Adam
2.1  keras.Input(shape=(784,))
2.2  Adam(learning_rate=keras.optimizers.schedules.InverseTimeDecay(1e-3, 1, 1e-3 / 20))
2.3  keras.layers.Normalization()
2.4  tf.keras.optimizers.schedules.CosineDecay(0.1, 100)
2.5  y.astype(int)
3.3  path = "weights.weights.h5"
3.4  model.fit(train, validation_data=valid, validation_steps=3)
3.5  model.save('my_model.keras')
3.7  tf.keras.models.load_model('my_model.h5', compile=False)
3.8  model.optimizer.learning_rate = 0.1
""",
    "SCIKIT_2018": """
1.1  from sklearn.model_selection import train_test_split, cross_val_score
1.2  from sklearn.model_selection import GridSearchCV
1.3  from sklearn.datasets import fetch_california_housing, fetch_openml
1.4  from sklearn.metrics import confusion_matrix, ConfusionMatrixDisplay
1.5  import joblib
1.7  from matplotlib.pyplot import imread
2.1  fetch_california_housing()
2.2  fetch_openml('MNIST original')
2.3  pd.DataFrame(boston.data).iloc[:, 0].to_numpy().astype(float)
2.3  pd.DataFrame(boston.data).iloc[:, 0].to_numpy()
2.3  pd.DataFrame(boston.data).iloc[:, 0]
2.4  OneHotEncoder(sparse_output=False)
2.5  ConfusionMatrixDisplay.from_estimator(classifier, x, y)
3.1  plt.hist(x, bins=20, density=True)
3.2  plt.figure().add_subplot(projection='3d')
3.3  plt.get_cmap('viridis')
3.4  print(np.product(x.shape), np.NaN)
3.4  print(np.prod(x.shape), np.nan)
3.4  np.prod(x.shape)
""",
}
